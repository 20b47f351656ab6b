import { startLab } from '../../lab/runs/lab';
import { pushgatewayContract } from '../support/pushgateway-contract';
import { describeLab } from './describe-lab';

describeLab('the real Pushgateway', () => {
  pushgatewayContract(async () => {
    const lab = await startLab({ pushgateway: true });
    return { url: lab.pushgateway.url, stop: () => lab.stop() };
  });
});
