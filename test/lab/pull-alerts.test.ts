import { pullAlerts } from '../../monitoring/pull-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const group = pullAlerts({
  hosts: ['forge.example', 'registry.example:5050'],
  runbookUrl: 'https://git.example/troubleshoot-image-pull.md',
});
const pod = 'namespace="app",pod="app-0",container="app"';
const waits = (reason: string, kind = 'container'): string =>
  `kube_pod_${kind}_status_waiting_reason{${pod},reason="${reason}"}`;
const info = (image: string, kind = 'container'): string =>
  `kube_pod_${kind}_info{${pod},image_spec="${image}",image_id="x"}`;

const alert = 'RegistryPullFailing';
const ours = 'forge.example/viktor/app:1.0.0';
const firing = [{ namespace: 'app', pod: 'app-0', image_spec: ours }];

const cases: readonly AlertCase[] = [
  {
    title: 'a pod in back-off for a quarter of an hour, in both of its reasons',
    series: {
      [waits('ErrImagePull')]: '1x5 _x5 1x20',
      [waits('ImagePullBackOff')]: '_x5 1x5 _x20',
      [info(ours)]: '1x40',
    },
    alert,
    at: '17m',
    fires: firing,
  },
  {
    title: 'a pod whose init container cannot pull',
    series: {
      [waits('ImagePullBackOff', 'init_container')]: '1x40',
      [info(ours, 'init_container')]: '1x40',
    },
    alert,
    at: '17m',
    fires: firing,
  },
  {
    title: 'a pod that two kube-state-metrics tell of, one of which took over from the other',
    series: Object.fromEntries(
      ['10.0.0.1', '10.0.0.2'].flatMap((instance, index) => {
        const told = (series: string): string => series.replace('{', `{instance="${instance}:8080",`);
        const samples = index === 0 ? '1x40' : '_x5 1x35';
        return [waits('ImagePullBackOff'), info(ours)].map((series) => [told(series), samples]);
      }),
    ),
    alert,
    at: '17m',
    fires: firing,
  },
  {
    title: 'a pull that fails for ten minutes alerts nobody',
    series: { [waits('ImagePullBackOff')]: '1x10 _x30', [info(ours)]: '1x40' },
    alert,
    at: '17m',
    fires: [],
  },
  {
    title: 'an image of another registry alerts nobody here',
    series: { [waits('ImagePullBackOff')]: '1x40', [info('docker.io/library/alpine:3.20')]: '1x40' },
    alert,
    at: '17m',
    fires: [],
  },
  {
    title: 'a container that waits for anything else alerts nobody here',
    series: { [waits('CrashLoopBackOff')]: '1x40', [info(ours)]: '1x40' },
    alert,
    at: '17m',
    fires: [],
  },
];

describeLab('the pull alerts', () => {
  testRules(group, cases);
});
