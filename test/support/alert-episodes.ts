import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { stringify } from 'yaml';
import { findTool } from '../../lab/programs/find-tool';
import type { RuleGroup } from '../../monitoring/alert-rule';
import { run } from '../../terminal/run';

/** From when to when an alert fires, in minutes of the recording. */
export interface Episode {
  readonly alert: string;
  /** Not before this. */
  readonly possible: number;
  /** By this at the latest, and without a break up to `until`. */
  readonly due: number;
  readonly until: number;
  /** Not any more from this on. */
  readonly over: number;
}

export interface Recording {
  readonly minutes: number;
  readonly inputSeries: readonly { readonly series: string; readonly values: string }[];
}

/** Looks at what fires, beside those at the edges of every episode. */
const looksAtLeast = 1000;

/** What the rules of a group look at: the series that have to be recorded for them. */
export function metricsOf({ rules }: RuleGroup, prefix: string): Set<string> {
  return new Set(rules.flatMap(({ expr }) => expr.match(new RegExp(`\\b${prefix}\\w+`, 'g')) ?? []));
}

/** Over a whole recording, exactly these alerts fire, and each when it must: by the real promtool. */
export async function expectEpisodes(
  group: RuleGroup,
  { minutes, inputSeries }: Recording,
  episodes: readonly Episode[],
): Promise<void> {
  const edges = episodes.flatMap(({ possible, due, until, over }) => [possible - 1, due, until, over]);
  const regular = Array.from({ length: looksAtLeast }, (_, place) =>
    Math.floor((place * minutes) / looksAtLeast),
  );
  const looks = [...new Set([...regular, ...edges])].filter((at) => at >= 0 && at < minutes);
  const firing = looks.map((at) => {
    const must = names(episodes.filter(({ due, until }) => at >= due && at <= until));
    const may = names(episodes.filter(({ possible, over }) => at >= possible && at < over));
    const open = may.filter((alert) => !must.includes(alert)).join('|');
    return {
      expr: `group by (alertname) (ALERTS{alertstate="firing",alertname!~"${open}"})`,
      eval_time: `${at}m`,
      exp_samples: must.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
    };
  });
  const folder = mkdtempSync(join(tmpdir(), 'episodes-'));
  try {
    // The text of an alert asks Prometheus again in every minute that it fires; that it does is not what is judged here.
    const rules = group.rules.map((rule) => ({ ...rule, annotations: {} }));
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ ...group, rules }] }));
    const test = { interval: '1m', input_series: inputSeries, promql_expr_test: firing };
    const file = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [test] };
    writeFileSync(join(folder, 'test.yml'), stringify(file, { aliasDuplicateObjects: false }));
    const promtool = (await findTool('promtool')).path;
    const { stdout, stderr } = await run(promtool, ['test', 'rules', join(folder, 'test.yml')]);
    expect(`${stdout}${stderr}`.slice(0, 3000)).toContain('SUCCESS');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function names(episodes: readonly Episode[]): string[] {
  return [...new Set(episodes.map(({ alert }) => alert))];
}
