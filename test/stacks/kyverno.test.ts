import { describe, expect, test } from '@jest/globals';
import { factsHash } from '../../estate/evidence';
import { phases, type Phase } from '../../estate/phases';
import { validateEstate } from '../../estate/validate';
import { estateAt } from '../support/estates';
import { blockAt, synthesized, synthesizedAt, type TerraformJson } from '../support/synthesized';

function kyvernoAt(phase: Phase): TerraformJson {
  const stack = synthesizedAt(phase).get('kyverno');
  if (stack === undefined) throw new Error('no stack kyverno');
  return stack.json;
}
function hostsAt(phase: Phase): string[] {
  const { data } = blockAt(kyvernoAt(phase), 'kubernetes_secret.registry_credentials') as {
    data: Record<string, string>;
  };
  return [...(data['.dockerconfigjson'] ?? '').matchAll(/^ {4}"([^"]+)" = /gm)].map(([, host = '']) => host);
}

describe('the kyverno stack', () => {
  test.each(phases.filter((phase) => phase !== 'decommission'))(
    'at %s logs in to every spelling of the legacy registry and to Forgejo',
    (phase) => {
      expect(hostsAt(phase)).toEqual([
        'registry.viktorbarzin.me',
        'registry.viktorbarzin.me:5050',
        '10.0.20.10:5050',
        'forgejo.viktorbarzin.me',
      ]);
    },
  );

  test('at decommission logs in to Forgejo alone, and asks Vault for no legacy key', () => {
    expect(hostsAt('decommission')).toEqual(['forgejo.viktorbarzin.me']);
    expect(
      JSON.stringify(blockAt(kyvernoAt('decommission'), 'data.vault_kv_secret_v2.viktor')),
    ).not.toContain('registry_password');
  });

  test('never replaces the source of the clones: same name, namespace and type in every phase', () => {
    for (const phase of phases)
      expect(blockAt(kyvernoAt(phase), 'kubernetes_secret.registry_credentials')).toMatchObject({
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name: 'registry-credentials', namespace: 'kyverno' },
        lifecycle: { prevent_destroy: true, ignore_changes: ['metadata[0].labels'] },
      });
  });

  test.each([
    ['excludedNamespaces', ['kube-system']],
    ['excludedNamespaces', ['kube-public', 'kube-system', 'kube-node-lease']],
    ['name', 'pull-credentials'],
    ['namespace', 'kyverno-two'],
  ])('refuses at synth to change the rule that clones, or its source: another %s', (field, value) => {
    const adopted = estateAt('prepare');
    const changed = { ...adopted, pullSecret: { ...adopted.pullSecret, [field]: value } };
    expect(() => validateEstate(changed)).toThrow(
      /is not what the policy "sync-registry-credentials" was made for.*madeFor "sha256:[0-9a-f]{64}"/,
    );
  });

  test('takes other excluded namespaces under another policy, whose name it is told', () => {
    const { pullSecret, ...adopted } = estateAt('prepare');
    const excludedNamespaces = ['kube-system'];
    const { name, namespace } = pullSecret;
    const policy = { name: 'sync-2', madeFor: factsHash({ name, namespace, excludedNamespaces }) };
    const changed = validateEstate({ ...adopted, pullSecret: { ...pullSecret, excludedNamespaces, policy } });
    expect(
      blockAt(
        synthesized(changed).get('kyverno')?.json ?? {},
        'kubernetes_manifest.sync_registry_credentials',
      ),
    ).toMatchObject({ manifest: { metadata: { name: 'sync-2' } } });
  });

  test('clones it into every namespace but those of Kubernetes, once both controllers may', () => {
    expect(blockAt(kyvernoAt('prepare'), 'kubernetes_manifest.sync_registry_credentials')).toMatchObject({
      depends_on: [
        'helm_release.kyverno',
        'kubernetes_secret.registry_credentials',
        'kubernetes_cluster_role_binding.kyverno_admission_secret_manager',
        'kubernetes_cluster_role_binding.kyverno_background_secret_manager',
        'kubernetes_namespace.kyverno',
      ],
      manifest: {
        metadata: { name: 'sync-registry-credentials' },
        spec: {
          rules: [
            {
              name: 'sync-registry-secret',
              exclude: { any: [{ resources: { names: ['kube-system', 'kube-public', 'kube-node-lease'] } }] },
              generate: {
                synchronize: true,
                generateExisting: true,
                orphanDownstreamOnPolicyDelete: true,
                clone: { namespace: 'kyverno', name: 'registry-credentials' },
              },
            },
          ],
        },
      },
    });
  });
});
