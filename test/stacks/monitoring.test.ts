import { describe, expect, test } from '@jest/globals';
import type { Phase } from '../../estate/phases';
import { parseConfig, type IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { blockAt, synthesizedAt, type TerraformJson } from '../support/synthesized';

function monitoringAt(phase: Phase): TerraformJson {
  const stack = synthesizedAt(phase).get('monitoring');
  if (stack === undefined) throw new Error('no stack monitoring');
  return stack.json;
}
function configOf(json: TerraformJson, name: string): IntegrityProbeConfig {
  const { data } = blockAt(json, `kubernetes_config_map.${name}`) as { data: Record<string, string> };
  return parseConfig(data['config.json'] ?? '');
}
const probesOf = ({ resource = {} }: TerraformJson): string[] =>
  Object.keys(resource['kubernetes_cron_job_v1'] ?? {});

describe('the monitoring stack', () => {
  test('probes both registries until the legacy one is gone', () => {
    expect(probesOf(monitoringAt('cutover'))).toEqual([
      'forgejo_integrity_probe',
      'registry_integrity_probe',
    ]);
    expect(probesOf(monitoringAt('decommission'))).toEqual(['forgejo_integrity_probe']);
  });

  test('removes what the legacy probe left behind once it is gone, and not before', () => {
    expect(configOf(monitoringAt('cutover'), 'forgejo_integrity_probe').retiredJobs).toEqual([]);
    expect(configOf(monitoringAt('decommission'), 'forgejo_integrity_probe').retiredJobs).toEqual([
      'registry-integrity-probe',
    ]);
  });

  test('knows what the cluster pulls from which registry', () => {
    const before = monitoringAt('bake');
    expect(configOf(before, 'forgejo_integrity_probe').deployedReferences).toEqual([]);
    expect(configOf(before, 'registry_integrity_probe').deployedReferences).toContain('beadboard:17a38e43');
    const after = configOf(monitoringAt('decommission'), 'forgejo_integrity_probe').deployedReferences;
    expect(after).toContain('viktor/claude-memory-mcp:17');
    expect(after).toHaveLength(9);
  });

  test('verifies the legacy certificate by its name, at the address of the VM', () => {
    const json = monitoringAt('prepare');
    expect(configOf(json, 'registry_integrity_probe').registryUrl).toBe(
      'https://registry.viktorbarzin.me:5050',
    );
    expect(JSON.stringify(blockAt(json, 'kubernetes_cron_job_v1.registry_integrity_probe'))).toContain(
      '"host_aliases":[{"hostnames":["registry.viktorbarzin.me"],"ip":"10.0.20.10"}]',
    );
  });
});
