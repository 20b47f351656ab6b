import { retentionAlerts } from '../../monitoring/retention-alerts';
import { testRules } from '../support/promtool';
import { describeLab } from './describe-lab';

const group = retentionAlerts({
  instance: 'forge.example',
  owner: 'viktor',
  periodMinutes: 24 * 60,
  deadlineMinutes: 60,
  runbookUrl: 'https://git.example/retention.md',
});
const series = (name: string, owner = 'viktor'): string =>
  `forgejo_retention_${name}{instance="forge.example",owner="${owner}"}`;

/** Samples a minute apart from the start; whether the alert fires at that time. */
const cases: readonly (readonly [string, Readonly<Record<string, string>>, string, boolean])[] = [
  ['ForgejoRetentionStale', { [series('last_success_timestamp_seconds')]: '0x3000' }, '49h5m', true],
  ['ForgejoRetentionStale', { [series('last_success_timestamp_seconds')]: '0x3000' }, '47h', false],
  [
    'ForgejoRetentionStale',
    { [series('last_success_timestamp_seconds', 'removed')]: '0x3000' },
    '49h5m',
    false,
  ],
  ['ForgejoRetentionAbsent', {}, '26h5m', true],
  ['ForgejoRetentionAbsent', { [series('last_run_timestamp_seconds')]: '0x1600' }, '26h5m', false],
  ['ForgejoRetentionFailing', { [series('success')]: '0x60' }, '16m', true],
  ['ForgejoRetentionFailing', { [series('success')]: '1x60' }, '16m', false],
  ['ForgejoRetentionBrokenImage', { [series('broken_images')]: '2x60' }, '6m', true],
  ['ForgejoRetentionBrokenImage', { [series('broken_images')]: '0x60' }, '6m', false],
  ['ForgejoRetentionMissingTag', { [series('missing_tags')]: '1x90' }, '61m', true],
  ['ForgejoRetentionMissingTag', { [series('missing_tags')]: '0x90' }, '61m', false],
  ...[
    { deferred: 1, enforcing: 1, fires: true },
    { deferred: 0, enforcing: 1, fires: false },
    { deferred: 1, enforcing: 0, fires: false },
  ].map(
    ({ deferred, enforcing, fires }) =>
      [
        'ForgejoRetentionNearLimit',
        {
          [series('builds_planned')]: '40x60',
          [series('builds_deferred')]: `${deferred}x60`,
          [series('max_deletions')]: '50x60',
          [series('enforcing')]: `${enforcing}x60`,
        },
        '16m',
        fires,
      ] as const,
  ),
  ...[
    { enforcing: '1', deleted: '0x1450 _x30 0x1600', planned: '3', fires: true },
    { enforcing: '1', deleted: '0x1500 2x1600', planned: '3', fires: false },
    { enforcing: '1', deleted: '0x3100', planned: '0', fires: false },
    { enforcing: '0', deleted: '0x3100', planned: '3', fires: false },
  ].map(
    ({ enforcing, deleted, planned, fires }) =>
      [
        'ForgejoRetentionIdle',
        {
          [series('enforcing')]: `${enforcing}x3100`,
          [series('tags_deleted')]: deleted,
          [series('builds_planned')]: `${planned}x3100`,
        },
        '49h',
        fires,
      ] as const,
  ),
  [
    'ForgejoRetentionShrunken',
    { [series('packages')]: '11x60', [series('packages_expected')]: '12x60' },
    '16m',
    true,
  ],
  [
    'ForgejoRetentionShrunken',
    { [series('packages')]: '12x60', [series('packages_expected')]: '12x60' },
    '16m',
    false,
  ],
  [
    'ForgejoRetentionShrunken',
    { [series('cluster_objects')]: '11x60', [series('cluster_objects_expected')]: '30x60' },
    '16m',
    true,
  ],
];

describeLab('the retention alerts', () => {
  testRules(
    group,
    cases.map(([alert, input, at, fires]) => ({
      title: `${alert} at ${at} ${fires ? 'fires' : 'does not fire'} over ${JSON.stringify(input)}`,
      series: input,
      alert,
      at,
      fires: fires ? [{ instance: 'forge.example', owner: 'viktor' }] : [],
    })),
  );
});
