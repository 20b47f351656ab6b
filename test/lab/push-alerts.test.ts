import { pushAlerts } from '../../monitoring/push-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const group = pushAlerts({
  legacy: ['old.example', 'old.example:5050'],
  forgejo: 'git.example',
  runbookUrl: 'https://git.example/onboard.md',
});
const series = (registry: string, repository: string): string =>
  `image_push_verified_timestamp_seconds{job="image-build",registry="${registry}",repository="${repository}"}`;
const alert = 'ImagePushIncomplete';

// Both steps of one build are minutes apart; a project builds when somebody pushes, which may be once in months.
const cases: readonly AlertCase[] = [
  {
    title: 'a build that is whole at one registry alone',
    series: {
      [series('old.example', 'app')]: '1000x10 9000x120',
      [series('git.example', 'me/app')]: '1200x130',
    },
    ...{ alert, at: '80m', fires: [{ image: 'app' }] },
  },
  {
    title: 'a build whose second registry takes half an hour',
    series: {
      [series('old.example:5050', 'app')]: '1000x10 9000x120',
      [series('git.example', 'me/app')]: '1200x40 10800x90',
    },
    ...{ alert, at: '80m', fires: [] },
  },
  {
    title: 'a build of which the other registry never was told anything, on the day of it',
    series: { [series('old.example', 'app')]: '_x10 600x2000' },
    ...{ alert, at: '80m', fires: [{ image: 'app' }] },
  },
  {
    title: 'a build that both have, of which one is named as it was not before',
    series: {
      [series('old.example:5050', 'app')]: '1000x130',
      [series('old.example', 'app')]: '9000x130',
      [series('git.example', 'me/app')]: '9100x130',
    },
    ...{ alert, at: '120m', fires: [] },
  },
  {
    title: 'a build of one registry alone, from before builds went to both',
    series: { [series('old.example', 'app')]: '600x2000' },
    ...{ alert, at: '1500m', fires: [] },
  },
  {
    title: 'a project that builds nothing, one of a single registry, and another image that is newer',
    series: {
      [series('old.example', 'app')]: '1000x130',
      [series('git.example', 'me/app')]: '1200x130',
      [series('git.example', 'me/other')]: '90000x130',
      [series('index.docker.io', 'me/other')]: '1000x130',
    },
    ...{ alert, at: '120m', fires: [] },
  },
];

describeLab('the alert of a push to two registries', () => {
  testRules(group, cases);
});
