import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { integrityProbe } from '../../estate/integrity-probe';
import { periodOf } from '../../estate/derived/schedule';
import { inWords } from '../../monitoring/duration';
import { integrityAlerts } from '../../monitoring/integrity-alerts';
import { damagePromises, type DamagePromise, minutesUntilFound } from '../support/damage-promises';
import { generatedTable } from '../support/generated-table';

const file = join(__dirname, '../../docs/runbooks/integrity-probe.md');
const intervalMinutes = periodOf(integrityProbe.schedule).longestMinutes;

function promiseTable(): string[][] {
  const told = (finder: DamagePromise['registry']): string => {
    const { deployed, others } = minutesUntilFound(finder, integrityProbe);
    if (finder === 'next-run') return `${inWords(others)}: the next run`;
    const [ofPulled, ofOthers] = [deployed, others].map((minutes) => inWords(minutes - intervalMinutes));
    return `${ofPulled ?? ''} if the cluster pulls it, else ${ofOthers ?? ''}, and ${inWords(intervalMinutes)}: its turn`;
  };
  const rows = Object.values(damagePromises).map(({ damage, registry, forgejo }) => [
    ...[damage, told(registry), told(forgejo)],
  ]);
  return [['damage', 'registry:2, its default cache too', 'Forgejo'], ...rows];
}

function alertTable(): string[][] {
  const { rules } = integrityAlerts({
    retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
    ...{ instances: ['r'], intervalMinutes, namespace: integrityProbe.namespace, runbookUrl: '' },
  });
  const rows = rules.map(({ alert, labels, expr, for: wait }) => {
    const condition = expr
      .replaceAll('registry_manifest_integrity_', '')
      .replace(/instance="r",?/g, '')
      .replaceAll('{}', '');
    return [alert, labels.severity, `\`${condition}\``, wait];
  });
  return [['alert', 'severity', 'condition', 'for'], ...rows];
}

test.each([
  ['what is promised of each damage', 'estate/integrity-probe.ts', promiseTable],
  ['what each rule waits for', 'monitoring/integrity-alerts.ts', alertTable],
])('the runbook says %s as the schedule and the rules have it', (_, source, table) => {
  const { got, wanted } = generatedTable(file, source, table());
  expect(got).toBe(wanted);
});
