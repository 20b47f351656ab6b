import { vmChecks } from '../cloud-init/registry-vm';
import type { EstateWithVm } from '../estate/estate';
import type { Check } from './check';

/** What the registry VM must answer after a rollout, asked on the VM itself; its containers may still be starting. */
export function vmAnswers(estate: EstateWithVm): readonly Check[] {
  return vmChecks(estate).map(({ url, status }) => {
    const { hostname, port } = new URL(url);
    return {
      kind: 'answer',
      url,
      statuses: [status],
      curlOptions: [
        ...['--retry', '15', '--retry-delay', '2', '--retry-all-errors'],
        // No DNS needs to know the name.
        ...['--resolve', `${hostname}:${port}:${estate.registryVm.address}`],
      ],
    };
  });
}
