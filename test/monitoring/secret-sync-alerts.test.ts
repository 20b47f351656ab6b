import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { secretSyncAlerts } from '../../monitoring/secret-sync-alerts';
import { EXIT } from '../../programs/exit-code';
import { gaugesOf } from '../../programs/woodpecker-sync/metrics';

const runbookUrl = 'https://git.example/registry/docs/runbooks/ci-secrets.md';
const { rules } = secretSyncAlerts({
  ...{ instance: 'ci.example', runbookUrl, periodMinutes: 360, deadlineMinutes: 15 },
});

describe('the alerts of the secret sync', () => {
  it('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/ci-secrets.md'), 'utf8');

    expect(rules.map(({ alert }) => alert)).toEqual(
      [...runbook.matchAll(/^### (.+)$/gm)].map(([, title]) => title),
    );
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  });

  it('look at metrics that the job pushes, of its own instance only', () => {
    const scopes = new Map([['infra', { written: 1, removed: 0, failures: 0, shadows: 1 }]]);
    const pushed = new Set(gaugesOf({ startedAtMs: 0, scopes }, EXIT.done, 1000).map(({ name }) => name));

    for (const { expr } of rules)
      for (const [, name, matcher] of expr.matchAll(/(woodpecker_secret_sync_\w+)(\{[^}]*\})?/g)) {
        expect(pushed).toContain(name);
        expect(matcher).toBe('{instance="ci.example"}');
      }
  });
});
