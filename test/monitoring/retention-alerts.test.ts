import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { retentionAlerts } from '../../monitoring/retention-alerts';

const runbookUrl = 'https://git.example/registry/docs/runbooks/retention.md';

describe('the retention alerts', () => {
  it('link each to a section that the runbook has', () => {
    const text = readFileSync(join(__dirname, '../../docs/runbooks/retention.md'), 'utf8');
    const sections = [...text.matchAll(/^### (\S+)$/gm)].map(([, name = '']) => name);
    const { rules } = retentionAlerts({ instance: 'forgejo.example', owner: 'viktor', runbookUrl });
    expect(rules.map(({ alert }) => alert).sort()).toEqual(sections.sort());
    expect(rules.map(({ annotations }) => annotations.runbook_url)).toEqual(
      rules.map(({ alert }) => `${runbookUrl}#${alert.toLowerCase()}`),
    );
  });
});
