import { breakGlassAlerts } from '../../monitoring/break-glass-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const group = breakGlassAlerts({
  ...{ images: ['infra-ci', 'infra-cd'], copies: ['vm', 'nas'], periodMinutes: 24 * 60 },
  runbookUrl: 'https://git.example/break-glass.md',
});
const series = (copy: string, image = 'infra-ci'): string =>
  `break_glass_verified_timestamp_seconds{job="break-glass",image="${image}",copy="${copy}"}`;
const fires = [{ job: 'break-glass', image: 'infra-ci', copy: 'nas' }];
const hourly = { interval: '1h' };
const others = {
  [series('vm')]: '0x99',
  [series('vm', 'infra-cd')]: '0x99',
  [series('nas', 'infra-cd')]: '0x99',
};

// What a run says stands until the next has ended, a day later.
const cases: readonly AlertCase[] = [
  {
    title: 'one copy that two runs did not read back, and the other that they did',
    series: { [series('nas')]: '0x99', [series('vm')]: `0x23 86400x23 172800x52` },
    ...{ ...hourly, alert: 'BreakGlassCopyStale', at: '51h', fires },
  },
  {
    title: 'a run that failed, and the next one',
    series: { [series('nas')]: '0x47 172800x52' },
    ...{ ...hourly, alert: 'BreakGlassCopyStale', at: '50h', fires: [] },
  },
  {
    title: 'a copy of an image that is saved no more',
    series: { [series('vm', 'former')]: '0x99' },
    ...{ ...hourly, alert: 'BreakGlassCopyStale', at: '90h', fires: [] },
  },
  {
    title: 'a copy that never was',
    series: others,
    ...{ ...hourly, alert: 'BreakGlassCopyAbsent', at: '50h', fires: [{ image: 'infra-ci', copy: 'nas' }] },
  },
  {
    title: 'every copy, before the first run of a new machine',
    series: {},
    ...{ ...hourly, alert: 'BreakGlassCopyAbsent', at: '48h', fires: [] },
  },
];

describeLab('the alerts of what the cluster is repaired with', () => {
  testRules(group, cases);
});
