import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { forcesReplacement } from '../../delivery/forces-replacement';
import { deliveredBody } from '../../delivery/generated-file';
import { forcingValues } from '../../delivery/replacement';
import { phases } from '../../estate/phases';
import { expectGolden } from '../support/golden';
import { synthesizedAt, type TerraformJson } from '../support/synthesized';

const rowsOf = (name: string): string[][] =>
  readFileSync(join(__dirname, '..', 'fixtures', name), 'utf8')
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .slice(1)
    .map((line) => line.split(','));

const schema = rowsOf('forces-replacement.csv');

/** `<stack>/<address>` to the attributes that replace it, in every phase that has it. */
function forcing(): Map<string, Record<string, unknown>> {
  const objects = new Map<string, Record<string, unknown>>();
  for (const phase of phases)
    for (const [
      stack,
      {
        json,
        stack: { cdktfFormOnly },
      },
    ] of synthesizedAt(phase)) {
      const { resource = {} } = deliveredBody({ ...json }, cdktfFormOnly) as TerraformJson;
      for (const [type, byName] of Object.entries(resource))
        for (const [name, attributes] of Object.entries(byName)) {
          const key = `${stack}/${type}.${name}`;
          const values = { ...forcingValues(type, attributes) };
          expect([key, objects.get(key) ?? values]).toEqual([key, values]);
          objects.set(key, values);
        }
    }
  return objects;
}

describe('what makes Terraform replace an object', () => {
  test.each(Object.keys(forcesReplacement).filter((type) => type !== 'kubernetes_manifest'))(
    '%s: the table is what the provider’s schema says',
    (type) => {
      const rows = schema.filter((row) => row[0] === type).map(([, path = '', kind = '']) => [path, kind]);
      expect(rows.length).toBeGreaterThan(0);
      expect(Object.entries(forcesReplacement[type] ?? {}).sort()).toEqual(rows.sort());
    },
  );

  const objects = forcing();
  const typeOf = (key: string): string => key.split('/')[1]?.split('.')[0] ?? '';

  test('is known for every type of resource that is delivered, and says something about each', () => {
    expect(
      [...objects].filter(
        ([key, values]) => !(typeOf(key) in forcesReplacement) || Object.keys(values).length === 0,
      ),
    ).toEqual([]);
  });

  test('is in test/golden/replacement.yaml for every object, and the same in every phase', () => {
    const byStack: Record<string, Record<string, unknown>> = {};
    for (const [key, values] of objects) {
      const [stack = '', address = ''] = key.split('/');
      (byStack[stack] ??= {})[address] = values;
    }
    expectGolden('replacement.yaml', stringify(byStack, { sortMapEntries: true, lineWidth: 0 }));
  });

  test('has the value that the existing object has, as far as it is known', () => {
    const movedTo = new Map(
      [...synthesizedAt('prepare').values()].flatMap(({ json }) =>
        (json.moved ?? []).map(({ from, to }) => [from, to]),
      ),
    );
    const named = rowsOf('existing-addresses.csv')
      .map(([stack = '', address = '', kubernetesName = '']) => {
        const key = `${stack}/${movedTo.get(address) ?? address.replace(/^module\.\w+\.(?=kubernetes_)/, '')}`;
        return { values: objects.get(key), expected: kubernetesName.split('/'), key };
      })
      .filter(({ values, expected }) => values !== undefined && expected[0] !== '');
    expect(named.length).toBeGreaterThan(15);
    for (const { key, values, expected } of named) {
      const name = values?.['metadata.name'] ?? values?.['manifest.metadata.name'];
      const namespace = values?.['metadata.namespace'] ?? values?.['manifest.metadata.namespace'];
      const written = [...(namespace === undefined ? [] : [namespace]), name];
      expect([key, written]).toEqual([key, expected.map((part) => part.replace(/^<(.*)>$/, '${$1}'))]);
    }
    const deployment = objects.get('forgejo/kubernetes_deployment.forgejo');
    expect(deployment?.['spec.selector.match_labels']).toEqual([{ app: 'forgejo' }]);
    expect(objects.get('forgejo/kubernetes_persistent_volume_claim.data_encrypted')).toMatchObject({
      'spec.access_modes': ['ReadWriteOnce'],
      'spec.storage_class_name': 'proxmox-lvm-encrypted',
    });
    expect(objects.get('forgejo/kubernetes_secret.tls_secret')).toMatchObject({ type: 'kubernetes.io/tls' });
    expect(objects.get('kyverno/kubernetes_secret.registry_credentials')).toMatchObject({
      type: 'kubernetes.io/dockerconfigjson',
    });
    expect(
      objects.get('kyverno/kubernetes_cluster_role_binding.kyverno_admission_secret_manager'),
    ).toMatchObject({
      'role_ref.kind': 'ClusterRole',
      'role_ref.name': 'kyverno:secret-manager',
    });
    expect(objects.get('forgejo/cloudflare_record.non_proxied_a')).toMatchObject({
      name: 'forgejo',
      type: 'A',
    });
  });
});
