import { stackAlerts } from '../../monitoring/stack-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const night = (name: string, values: string, labels = ''): Readonly<Record<string, string>> => ({
  [`drift_${name}{job="drift-detection"${labels}}`]: values,
});
const ofStack = (name: string, values: string): Readonly<Record<string, string>> =>
  night(name, values, ',stack="a"');
const fires = [{ job: 'drift-detection', stack: 'a' }];
const hourly = { interval: '1h' };

// A night ends every 24 hours and may take 4: what one says stands until the next has ended.
const cases: readonly AlertCase[] = [
  {
    title: 'a stack drifts',
    series: ofStack('stack_state', '2x60'),
    alert: 'StackDrifted',
    at: '30m',
    fires,
  },
  {
    title: 'a stack was not applied, which is no drift',
    series: { ...ofStack('stack_state', '2x60'), ...ofStack('stack_unapplied', '1x60') },
    ...{ alert: 'StackDrifted', at: '30m', fires: [] },
  },
  {
    title: 'another stack was not applied',
    series: { ...ofStack('stack_state', '2x60'), ...night('stack_unapplied', '1x60', ',stack="b"') },
    ...{ alert: 'StackDrifted', at: '30m', fires },
  },
  {
    title: 'not applied for two nights',
    series: ofStack('stack_unapplied', '1x60'),
    ...{ ...hourly, alert: 'StackNotApplied', at: '30h', fires },
  },
  {
    title: 'not applied in one night that ended late',
    series: ofStack('stack_unapplied', '1x28 0x30'),
    ...{ ...hourly, alert: 'StackNotApplied', at: '28h', fires: [] },
  },
  {
    title: 'not plannable for two nights',
    series: ofStack('stack_state', '1x60'),
    ...{ ...hourly, alert: 'StackNotPlannable', at: '30h', fires },
  },
  {
    title: 'not plannable in one night',
    series: ofStack('stack_state', '0x2 1x24 0x30'),
    ...{ ...hourly, alert: 'StackNotPlannable', at: '30h', fires: [] },
  },
  {
    title: 'one stack too few',
    series: night('stacks_checked', '139x60'),
    ...{ alert: 'DriftDetectionIncomplete', at: '30m', fires: [{ job: 'drift-detection' }] },
  },
  {
    title: 'none at all, as for three months',
    series: night('stacks_checked', '0x60'),
    ...{ alert: 'DriftDetectionIncomplete', at: '30m', fires: [{ job: 'drift-detection' }] },
  },
  {
    title: 'as many as there are',
    series: night('stacks_checked', '140x60'),
    ...{ alert: 'DriftDetectionIncomplete', at: '30m', fires: [] },
  },
  {
    title: 'no night for more than a day, a night and an hour',
    series: night('detection_last_run_timestamp', '0x60'),
    ...{ ...hourly, alert: 'DriftDetectionStale', at: '31h', fires: [{ job: 'drift-detection' }] },
  },
  {
    title: 'a night that takes all its time',
    series: night('detection_last_run_timestamp', '0x60'),
    ...{ ...hourly, alert: 'DriftDetectionStale', at: '28h', fires: [] },
  },
  {
    title: 'never a night',
    series: night('stack_count', '0x60'),
    ...{ ...hourly, alert: 'DriftDetectionAbsent', at: '31h', fires: [{ job: 'drift-detection' }] },
  },
  {
    title: 'a first night within its time',
    series: night('detection_last_run_timestamp', '_x27 100800x30'),
    ...{ ...hourly, alert: 'DriftDetectionAbsent', at: '31h', fires: [] },
  },
  {
    title: 'an apply that left a stack undone',
    series: { 'stack_apply_failed{job="stack-apply",stack="a"}': '1x60' },
    ...{ alert: 'StackApplyFailed', at: '30m', fires: [{ job: 'stack-apply', stack: 'a' }] },
  },
  {
    title: 'the run after it',
    series: { 'stack_apply_failed{job="stack-apply",stack="a"}': '1x5 0x60' },
    ...{ alert: 'StackApplyFailed', at: '30m', fires: [] },
  },
];

describeLab('promtool on the alerts of the stacks', () => {
  testRules(
    stackAlerts({
      ...{ periodMinutes: 1440, deadlineMinutes: 240, leastStacks: 140 },
      runbookUrl: 'https://git.example/plan-and-apply.md',
    }),
    cases,
  );
});
