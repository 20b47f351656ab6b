import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { renderCloudConfig } from '../../cloud-init/cloud-config';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import { estate } from '../../estate';
import { phases } from '../../estate/phases';
import { validateEstate } from '../../estate/validate';
import { renderManifests } from '../../manifests/stack-manifests';
import { parseConfig as parseProbe } from '../../programs/integrity-probe/config';
import { parseConfig as parseRetention } from '../../programs/retention/config';
import { dnsTree } from '../../trees/dns';
import { registryVmTree } from '../../trees/registry-vm';
import { secondEstate } from '../second-estate';
import { inPhase } from '../support/estates';
import { holdsWord, leavesOf } from '../support/leaves';
import { choicesOf } from '../support/plausible';
import { blockAt, synthesized } from '../support/synthesized';

describe("another's homelab", () => {
  const stacks = synthesized(secondEstate);
  const all = [...stacks.values()].map(({ text, files }) => text + Object.values(files).join('')).join('');

  test.each(phases)('obeys every rule and is synthesized whole at %s', (phase) => {
    const subject = validateEstate(inPhase(secondEstate, phase));
    expect([...synthesized(subject).keys()]).toEqual([
      ...[
        'forgejo',
        'pull-secrets',
        'monitoring',
        'infra',
        'vault',
        'woodpecker',
        'emporium-shop',
        'gazette',
      ],
    ]);
  });

  test('differs where homelabs do', () => {
    expect(secondEstate.forgejo.packages.ownerIs).toBe('organization');
    expect(secondEstate.forgejo.publicDns.madeBy).toBe('others');
    expect(secondEstate.legacyRegistry.runsOn.machine).toBe('cluster');
    expect(secondEstate.pullSecret.copiedBy).toBe('terraform');
    expect([secondEstate.registryVm, secondEstate.pullThroughCaches]).toEqual([undefined, []]);
    expect(registryVmTree(secondEstate)).toEqual([]);
    expect(dnsTree(secondEstate).map(({ path }) => path)).toEqual([
      expect.stringMatching(/^stacks\/machines\/names\//),
    ]);
  });

  test('has no provider, policy or record of what it does without', () => {
    expect(all).not.toMatch(/cloudflare|ClusterPolicy|helm_release|registry_gc_|applied_by/);
  });

  test('shows no name of the first', () => {
    const own = leavesOf(secondEstate).map(({ value }) => String(value));
    const names = leavesOf({ ...estate, evidence: [], evidenceFaults: [] })
      .filter((leaf) => typeof leaf.value === 'string' && choicesOf(leaf) === undefined)
      .map(({ value }) => String(value))
      .filter(
        (name) => /[.\d/-]/.test(name) && name.length > 4 && !own.some((value) => value.includes(name)),
      );
    expect(names.length).toBeGreaterThan(80);
    const config = renderCloudConfig(kubernetesNodeCloudConfig(secondEstate));
    // Where this project's own runbooks lie, where every cluster has its DNS, and the job that is called so everywhere.
    expect([...new Set(names.filter((name) => holdsWord(all + config, name)))].sort()).toEqual([
      'docs/runbooks',
      'kube-system',
      'vault-woodpecker-sync',
      'woodpecker-sync',
    ]);
  });

  test('has jobs that their programs understand', () => {
    const configs = (stack: string): string[] =>
      Object.values(stacks.get(stack)?.json.resource?.['kubernetes_config_map'] ?? {}).flatMap(
        ({ data }) => (data as Record<string, string>)['config.json'] ?? [],
      );
    expect(configs('forgejo').map((text) => parseRetention(text).owner)).toEqual(['acme']);
    expect(configs('monitoring').map((text) => parseProbe(text).instance)).toEqual([
      ...['code.example.net', 'images.example.net'],
    ]);
    expect(
      blockAt(stacks.get('forgejo')?.json ?? {}, 'kubernetes_cron_job_v1.forgejo_cleanup'),
    ).toMatchObject({
      spec: { schedule: '40 2 * * 6' },
    });
  });

  test('has manifests, rules and cloud-config that are YAML', () => {
    const manifests = [...stacks].flatMap(([name, { json }]) => renderManifests(name, json) ?? []);
    expect(manifests).toHaveLength(4);
    for (const text of manifests) expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
    const rules = stacks.get('monitoring')?.files['files/registry-rules.yaml'] ?? '';
    expect((parse(rules) as { groups: { name: string }[] }).groups.map(({ name }) => name)).toContain(
      'forgejo-retention',
    );
    expect(parse(renderCloudConfig(kubernetesNodeCloudConfig(secondEstate)))).toMatchObject({
      users: [{ name: 'operator' }],
    });
  });
});
