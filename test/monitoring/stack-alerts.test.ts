import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { driftGauges, driftJob } from '../../apply/detect-drift';
import { applyJob, gaugesOf } from '../../apply/report';
import { stackAlerts } from '../../monitoring/stack-alerts';

const runbookUrl = 'https://git.example/registry/docs/runbooks/plan-and-apply.md';
const { rules } = stackAlerts({
  ...{ runbookUrl, periodMinutes: 1440, deadlineMinutes: 240, leastStacks: 140 },
});

describe('the alerts of the stacks', () => {
  it('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/plan-and-apply.md'), 'utf8');

    expect(rules.map(({ alert }) => alert)).toEqual(
      [...runbook.matchAll(/^### (.+)$/gm)].map(([, title]) => title),
    );
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  });

  it('look at metrics that the runs push, under their jobs', () => {
    const found = [{ stack: 'a', state: 2, says: '', unapplied: false }] as const;
    const pushed = new Map([
      ...driftGauges(found, new Map(), 0).map(({ name }) => [name, driftJob] as const),
      ...gaugesOf({ stack: 'a', outcome: 'applied', says: [] }, 0).map(
        ({ name }) => [name, applyJob] as const,
      ),
    ]);

    for (const { expr } of rules) {
      const metrics = [...expr.matchAll(/\b((?:drift|stack_apply)_\w+)\{job="([^"]*)"\}/g)];
      expect(metrics.length).toBeGreaterThan(0);
      for (const [, name = '', job] of metrics) expect([name, pushed.get(name)]).toEqual([name, job]);
    }
  });
});
