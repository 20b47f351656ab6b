import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { findTool } from '../../lab/find-tool';
import { run } from '../../lab/run';
import { retentionAlerts } from '../../monitoring/retention-alerts';
import { ruleFile } from '../../monitoring/rule-file';
import { describeLab } from './describe-lab';

const group = retentionAlerts({
  instance: 'forge.example',
  owner: 'viktor',
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
  [
    'ForgejoRetentionNearLimit',
    {
      [series('tags_planned')]: '40x60',
      [series('tags_deferred')]: '1x60',
      [series('max_deletions')]: '50x60',
    },
    '16m',
    true,
  ],
  [
    'ForgejoRetentionNearLimit',
    {
      [series('tags_planned')]: '40x60',
      [series('tags_deferred')]: '0x60',
      [series('max_deletions')]: '50x60',
    },
    '16m',
    false,
  ],
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
];

describeLab('the retention alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-rules-'));
  let promtool: string;
  beforeAll(async () => {
    writeFileSync(join(folder, 'rules.yml'), stringify(ruleFile([group])));
    // promtool compares annotations word by word where there are any; their text is not what these cases are about.
    const plain = { ...group, rules: group.rules.map((rule) => ({ ...rule, annotations: {} })) };
    writeFileSync(join(folder, 'plain.yml'), stringify({ groups: [plain] }));
    promtool = (await findTool('promtool')).path;
  }, 600_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('are rules to promtool', async () => {
    const { code, stdout } = await run(promtool, ['check', 'rules', join(folder, 'rules.yml')]);

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`${group.rules.length} rules found`),
    });
  });

  it('have a case that fires and one that does not, each', () => {
    const alerts = group.rules.map(({ alert }) => alert).sort();
    for (const fires of [true, false])
      expect([...new Set(cases.filter((one) => one[3] === fires).map(([alert]) => alert))].sort()).toEqual(
        alerts,
      );
  });

  it.each(cases)('%s over %j at %s: %s', async (alert, input, at, fires) => {
    const severity = group.rules.find((rule) => rule.alert === alert)?.labels.severity;
    const labels = { severity, instance: 'forge.example', owner: 'viktor' };
    const test = {
      rule_files: ['plain.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(input).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [
            { eval_time: at, alertname: alert, exp_alerts: fires ? [{ exp_labels: labels }] : [] },
          ],
        },
      ],
    };
    writeFileSync(join(folder, 'test.yml'), stringify(test));

    const { stdout, stderr } = await run(promtool, ['test', 'rules', join(folder, 'test.yml')]);

    expect(`${stdout}${stderr}`).toContain('SUCCESS');
  });
});
