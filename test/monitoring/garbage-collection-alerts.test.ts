import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collectGarbageScript } from '../../cloud-init/garbage-collection';
import { collectedRegistries } from '../../estate/derived/collected-registries';
import { isAtLeast, phases } from '../../estate/phases';
import { garbageCollectionAlerts } from '../../monitoring/garbage-collection-alerts';
import { estateAt } from '../support/estates';
import { synthesizedAt } from '../support/synthesized';

const runbookUrl = 'https://git.example/registry/docs/runbooks/registry-vm.md';
const registries = collectedRegistries(estateAt('prepare')).map(({ name }) => ({
  name,
  periodMinutes: 7 * 24 * 60,
}));
const { rules } = garbageCollectionAlerts({ registries, runbookUrl });

describe('the alerts of the collection of garbage', () => {
  test('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/registry-vm.md'), 'utf8');
    const titles = [...runbook.matchAll(/^### (Registry\w+)$/gm)].map(([, title]) => title);

    expect([...new Set(rules.map(({ alert }) => alert))]).toEqual(titles);
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  });

  test('look at metrics that the script pushes', () => {
    const script = collectGarbageScript(estateAt('prepare'));
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(/registry_gc_\w+/g)].map(([name]) => name));

    expect(named.filter((name) => !script.includes(`"${name} $`))).toEqual([]);
  });

  test.each(phases)('are about the registries whose garbage is collected at %s', (phase) => {
    const text = JSON.stringify(synthesizedAt(phase).get('monitoring')?.files);
    const isLegacy = !isAtLeast(phase, 'decommission');

    expect(text).toContain('registry_gc_exit_status');
    expect(text.includes('ghcr|quay|k8s|kyverno|private')).toBe(isLegacy);
  });
});
