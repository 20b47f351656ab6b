import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { integrityAlerts } from '../../monitoring/integrity-alerts';

const runbookUrl = 'https://git.example/registry/docs/runbooks/integrity-probe.md';
const legacy = 'registry.example:5050';
const forgejo = 'forgejo.example';
const ofProbe = {
  intervalMinutes: 15,
  namespace: 'monitoring',
  retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
  runbookUrl,
};
const minutesOf = (duration: string): number =>
  parseInt(duration, 10) * ({ m: 1, h: 60, d: 1440 }[duration.slice(-1)] ?? NaN);

describe('the integrity alerts', () => {
  const { rules } = integrityAlerts({ instances: [legacy, forgejo], ...ofProbe });

  it('link each to a section that the runbook has', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/runbooks/integrity-probe.md'), 'utf8');
    const sections = [...runbook.matchAll(/^## (Registry.+)$/gm)].map(([, title = '']) => title);
    expect([...new Set(rules.map(({ alert }) => alert))]).toEqual(sections);
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
    }
  });

  it('look at the allowed instances only, in every selector', () => {
    for (const { expr } of rules) {
      const selectors = [...expr.matchAll(/registry_manifest_integrity_\w+(\{[^}]*\})?/g)];
      expect(selectors.length).toBeGreaterThan(0);
      for (const [, matchers = ''] of selectors) {
        expect(matchers).toMatch(
          /instance=~"registry\\\\.example:5050\|forgejo\\\\.example"|instance="(registry|forgejo)\.example/,
        );
      }
    }
  });

  it('forget the legacy registry with the phase that removes it', () => {
    const after = JSON.stringify(integrityAlerts({ instances: [forgejo], ...ofProbe }));
    expect(after).not.toContain('registry.example');
  });

  it('keep names and expressions of the ones that they replace, and wait for the run that confirms', () => {
    const kept = integrityAlerts({ ...ofProbe, instances: [forgejo] }).rules.slice(0, 3);
    expect(
      kept.map(({ alert, expr, for: duration, labels }) => [alert, expr, duration, labels.severity]),
    ).toEqual([
      [
        'RegistryManifestIntegrityFailure',
        `registry_manifest_integrity_failures{instance="${forgejo}"} > 0`,
        '30m',
        'critical',
      ],
      [
        'RegistryIntegrityProbeStale',
        `time() - registry_manifest_integrity_last_run_timestamp{instance="${forgejo}"} > 3600`,
        '30m',
        'warning',
      ],
      [
        'RegistryCatalogInaccessible',
        `registry_manifest_integrity_catalog_accessible{instance="${forgejo}"} == 0`,
        '20m',
        'critical',
      ],
    ]);
  });

  it('never wait exactly as long as a value stands, which is when the next push comes a little late', () => {
    for (const intervalMinutes of [5, 15, 30]) {
      const { rules: some } = integrityAlerts({ ...ofProbe, instances: [forgejo], intervalMinutes });
      const byValue = some.filter(({ expr }) => !expr.startsWith('absent'));
      expect(byValue.length).toBeGreaterThan(10);
      for (const { for: duration } of byValue) expect(minutesOf(duration)).toBeGreaterThan(intervalMinutes);
    }
  });

  it('see what they compare with for longer than they wait, however rarely a probe runs', () => {
    for (const intervalMinutes of [15, 720, 1440]) {
      const { rules: some } = integrityAlerts({ ...ofProbe, instances: [forgejo], intervalMinutes });
      const ranges = some.flatMap(({ alert, expr, for: wait }) =>
        [...expr.matchAll(/\[(\w+)\]/g)].map(([, range = '']) => ({ alert, range, wait })),
      );
      expect(ranges).toHaveLength(3);
      for (const { range, wait } of ranges)
        expect(minutesOf(range)).toBeGreaterThan(minutesOf(wait) + intervalMinutes);
      const unknown = some.find(({ alert }) => alert === 'RegistryIntegrityUnknown')?.expr ?? '';
      expect(Number(/> (\d+)$/.exec(unknown)?.[1])).toBeGreaterThan(2 * intervalMinutes * 60);
    }
  });

  it('leave a registry alone while it is stopped for its garbage', () => {
    const collections = [{ instance: legacy, registry: 'private' }];
    const { rules: some } = integrityAlerts({ ...ofProbe, instances: [legacy, forgejo], collections });
    const mild = some.filter(({ expr }) => expr.includes('registry_gc_start_timestamp_seconds'));
    expect(mild.map(({ alert }) => alert)).toEqual([
      'RegistryCatalogInaccessible',
      'RegistryCanaryPullFailed',
    ]);
  });

  it('tell a person what to run or where to look', () => {
    for (const { alert, annotations } of rules)
      expect(`${alert}: ${annotations.description}`).toMatch(/kubectl|runbook|estate\./);
  });

  it('are refused without an instance, for they would match every series', () => {
    expect(() => integrityAlerts({ instances: [], ...ofProbe })).toThrow(
      'the allow-list of "instance" is empty',
    );
  });
});
