/* eslint jest/no-export: off -- one suite, three groups of rules */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { findTool } from '../../lab/programs/find-tool';
import { run } from '../../terminal/run';
import type { RuleGroup } from '../../monitoring/alert-rule';
import { ruleFile } from '../../monitoring/rule-file';

/** One moment of one alert, as `promtool test rules` judges it. */
export interface AlertCase {
  readonly title: string;
  /** Samples of each series, an interval apart, in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  /** Between samples and between evaluations. @default '1m' */
  readonly interval?: string;
  readonly alert: string;
  readonly at: string;
  /** Labels of the alerts that fire then, besides name and severity; none: it does not fire. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

/**
 * The tests of one group of rules by the real promtool: it accepts them, each alert has a case that fires and one that
 * does not (but those of `alwaysFires`), and every case holds.
 */
export function testRules(
  group: RuleGroup,
  cases: readonly AlertCase[],
  alwaysFires: readonly string[] = [],
): void {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
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

    expect(stdout).toContain(`${group.rules.length} rules found`);
    expect(code).toBe(0);
  });

  it('have a case that fires and one that does not, each', () => {
    const alerts = [...new Set(group.rules.map(({ alert }) => alert))].sort();
    const seen = (fires: boolean): string[] =>
      [...new Set(cases.filter((one) => fires === one.fires.length > 0).map(({ alert }) => alert))].sort();
    expect(seen(true)).toEqual(alerts);
    expect(seen(false)).toEqual(alerts.filter((alert) => !alwaysFires.includes(alert)));
  });

  it.each(cases)('$title', async ({ series, interval = '1m', alert, at, fires }) => {
    const severity = group.rules.find((rule) => rule.alert === alert)?.labels.severity;
    const test = {
      rule_files: ['plain.yml'],
      evaluation_interval: interval,
      tests: [
        {
          interval,
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [
            {
              eval_time: at,
              alertname: alert,
              exp_alerts: fires.map((labels) => ({ exp_labels: { ...labels, severity } })),
            },
          ],
        },
      ],
    };
    writeFileSync(join(folder, 'test.yml'), stringify(test));

    const { stdout, stderr } = await run(promtool, ['test', 'rules', join(folder, 'test.yml')]);

    expect(`${stdout}${stderr}`).toContain('SUCCESS');
  });
}
