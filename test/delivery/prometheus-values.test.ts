import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadedRules, removeRules } from '../../delivery/prometheus-values';

const path = 'fixture/stacks/monitoring/modules/monitoring/prometheus_chart_values.tpl';
const template = readFileSync(join(__dirname, path), 'utf8');
const alerts = [
  'RegistryManifestIntegrityFailure',
  'RegistryIntegrityProbeStale',
  'RegistryCatalogInaccessible',
];

const document = (rules: string): string => `serverFiles:\n  alerting_rules.yml:\n    groups:\n${rules}`;

describe('the values of the Prometheus chart', () => {
  test('lose the rules of these names, and every other line stays, comments and templates too', () => {
    const { after, left } = removeRules(template, alerts);
    expect(left).toBeUndefined();
    const gone = template.split('\n').filter((line) => !after.split('\n').includes(line));
    expect(gone[0]).toBe('          - alert: RegistryManifestIntegrityFailure');
    expect(template.split('\n').length - after.split('\n').length).toBe(24);
    expect(after).toContain('summary: Registry caches are down\n          # - alert: RegistryQuiet\n');
    expect(after).toContain(
      'repos_checked == 0\n\n          # Load of the nodes.\n          - alert: NodeHighCPUUsage\n',
    );
    expect(removeRules(after, alerts)).toEqual({ after });
  });

  test('lose a group that would be left without rules', () => {
    const other = '      - name: b\n        rules:\n          - alert: B\n            expr: "1"\n';
    const text = document(
      `      - name: a\n        rules:\n          - alert: A\n            expr: "1"\n${other}`,
    );
    expect(removeRules(text, ['A']).after).toBe(document(other));
  });

  test.each([
    ['a flow list', '      - name: a\n        rules: [{ alert: A,\n          expr: "1" }]\n', 4],
    ['a list in which YAML stops', '      - name: ${a\n        rules:\n          - alert: A\n  - b: [\n', 6],
  ])('keep them, and say on which line, in %s', (_, rules, line) => {
    const text = document(rules);
    const result = removeRules(text, ['A']);
    expect(result.after).toBe(text);
    expect(result.left?.line).toBe(line);
  });

  test.each([
    ['groups:', 'serverFiles:\n  rules:\n    groups: [{ name: a }]\n', 3],
    ['nothing', 'serverFiles:\n  rules: {}\n', undefined],
    ['nothing at all', 'serverFiles:\n  rules:\n', undefined],
    ['no such key', 'serverFiles:\n  alerting_rules.yml: { groups: [] }\n', undefined],
  ])('say where they use the key under which ours are loaded: %s', (_, text, line) => {
    expect(loadedRules(text)).toBe(line);
  });
});
