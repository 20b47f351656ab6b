import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ForgejoServer } from '../../constructs/forgejo-server';
import { forgejoAlertNames, forgejoAlerts, memoryShare } from '../../monitoring/forgejo-alerts';

const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');
const runbookUrl = 'https://git.example/registry/docs/runbooks/evidence.md';
const { rules } = forgejoAlerts({ namespace: 'forgejo', runbookUrl });

it('are those that Prometheus is asked for, each with a section of the runbook', () => {
  expect(rules.map(({ alert }) => alert)).toEqual([...forgejoAlertNames]);
  for (const { alert, annotations } of rules) {
    expect(read('docs/runbooks/evidence.md')).toContain(`\n### ${alert}\n`);
    expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  }
});

it('look at the container by the name that the construct gives it', () => {
  expect(/container="([^"]+)"/.exec(memoryShare('forge'))?.[1]).toBe(ForgejoServer.serverName);
});
