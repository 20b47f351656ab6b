import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pullAlerts } from '../../monitoring/pull-alerts';

const runbookUrl = 'https://git.example/registry/docs/runbooks/troubleshoot-image-pull.md';

describe('the pull alerts', () => {
  const { rules } = pullAlerts({ hosts: ['forge.example', '10.0.20.10:5050'], runbookUrl });

  it('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/troubleshoot-image-pull.md'), 'utf8');
    for (const { alert, annotations } of rules) {
      expect(runbook).toContain(`\n## ${alert}\n`);
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
    }
  });

  it('take a dot of a host for a dot', () => {
    expect(rules[0]?.expr).toContain(String.raw`image_spec=~"(forge\\.example/|10\\.0\\.20\\.10:5050/).+"`);
  });
});
