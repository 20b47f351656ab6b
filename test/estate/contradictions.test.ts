import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { retentionConfig } from '../../stacks/retention-config';
import { synthesized } from '../support/synthesized';

/** One fact of this estate changed alone: what its stacks hold then, and the files beside them. */
function rendered(change: Partial<Estate>): string {
  const stacks = synthesized({ ...estate, ...change });
  return [...stacks.values()].map(({ text, files }) => text + Object.values(files).join('\n')).join('\n');
}

/** Contradictions that were accepted once: each fact moves everything that says the same, or is refused. */
describe('a fact changed alone:', () => {
  test("Forgejo's host moves what retention protects with it, or is refused", () => {
    const host = 'git.viktorbarzin.me';
    const config = retentionConfig({ ...estate, forgejo: { ...estate.forgejo, host } });
    expect(config.registryHosts).toEqual([host]);
    const named = JSON.stringify(config.estateReferences);
    expect(named).toContain(`${host}/viktor/beadboard`);
    expect(named).not.toContain(estate.forgejo.host);
    const elsewhere = { ...estate.forgejo, host: 'git.example.org' };
    expect(() => synthesized({ ...estate, forgejo: elsewhere })).toThrow('is not below the root domain');
  });

  test("the Pushgateway's port moves what the jobs may reach", () => {
    const text = rendered({ pushgateway: { ...estate.pushgateway, port: 9092 } });
    expect(text).toContain('"port": "9092"');
    expect(text).not.toMatch(/\b9091\b/);
  });

  test("the probe's schedule moves the interval that it is told and what alerts wait for", () => {
    const text = rendered({ integrityProbe: { ...estate.integrityProbe, schedule: '*/30 * * * *' } });
    expect(text.match(/\\"intervalMinutes\\": \d+/g)).toEqual(Array(2).fill('\\"intervalMinutes\\": 30'));
    expect(text).toContain('it is due every 30 minutes');
    expect(text).not.toMatch(/due every 15 minutes/);
  });

  test('a weekly retention moves what its alerts wait for', () => {
    const text = rendered({ retention: { ...estate.retention, schedule: '0 4 * * 0' } });
    expect(text).toMatch(/forgejo_retention_last_success_timestamp_seconds\{.*\} > 1209600/);
    expect(text).toContain('it is due every 7 days');
  });

  test("the probes' namespace moves them and not where the Pushgateway is", () => {
    const text = rendered({ integrityProbe: { ...estate.integrityProbe, namespace: 'probing' } });
    expect(text).toContain('"namespace": "probing"');
    expect(text).not.toMatch(/"namespace": "monitoring"|-n monitoring /);
    expect(text).toContain('"kubernetes.io/metadata.name": "monitoring"');
  });

  test("the registry VM's address moves every way to it", () => {
    const { address } = estate.registryVm;
    const text = rendered({ registryVm: { ...estate.registryVm, address: '10.0.20.11' } });
    expect(text).toContain('10.0.20.11/32');
    expect(text).not.toMatch(new RegExp(`\\b${address.replaceAll('.', '\\.')}\\b`));
  });
});
