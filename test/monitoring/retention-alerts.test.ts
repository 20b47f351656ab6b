import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { retentionAlerts } from '../../monitoring/retention-alerts';
import { EXIT } from '../../programs/exit-code';
import { gaugesOf } from '../../programs/retention/metrics';
import { DEFAULT_POLICY } from '../../programs/retention/config';

const runbookUrl = 'https://git.example/registry/docs/runbooks/retention.md';
const { rules } = retentionAlerts({
  ...{ instance: 'forge.example', owner: 'viktor', runbookUrl },
  ...{ periodMinutes: 24 * 60, deadlineMinutes: 60 },
});

describe('the retention alerts', () => {
  it('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/retention.md'), 'utf8');

    expect(rules.map(({ alert }) => alert)).toEqual(
      [...runbook.matchAll(/^### (.+)$/gm)].map(([, title]) => title),
    );
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  });

  it('look at metrics that the job pushes, of its own instance and owner only', () => {
    const config = {
      ...DEFAULT_POLICY,
      ...{ mode: 'enforce' as const, forgeUrl: '', registryHosts: ['forge.example'], owner: 'viktor' },
      ...{ tokenUser: 'viktor', estateReferences: [], pushgatewayUrl: '', deadlineSeconds: 2880 },
    };
    const report = {
      ...{ startedAtMs: 0, executed: [], broken: [], freedBytes: 1 },
      ...{ packages: { seen: 1, expected: 1 }, cluster: { seen: 1, expected: 1 } },
      decision: { plan: { keeps: [], units: [], deferredBuilds: 0 }, missing: [] },
    };
    const pushed = new Set(gaugesOf(report, config, EXIT.done, 1000).map(({ name }) => name));

    for (const { expr } of rules)
      for (const [, name, matcher] of expr.matchAll(/(forgejo_retention_\w+)(\{[^}]*\})?/g)) {
        expect(pushed).toContain(name);
        expect(matcher).toBe('{instance="forge.example",owner="viktor"}');
      }
  });
});
