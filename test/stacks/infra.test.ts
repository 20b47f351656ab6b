import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type CloudConfig, cloudConfigSecrets, renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText } from '../../cloud-init/content';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import { registryVmCloudConfig } from '../../cloud-init/registry-vm';
import { literal } from '../../constructs/literal';
import type { EstateWithVm } from '../../estate/estate';
import { phases } from '../../estate/phases';
import type { VaultKey } from '../../estate/tokens';
import { evaluateStack } from '../support/evaluate-stack';
import { estateAt } from '../support/estates';
import { synthesizedAt, type TerraformJson } from '../support/synthesized';
import { terraformProgram } from '../support/terraform';

const snippets: Readonly<Record<string, (estate: EstateWithVm) => CloudConfig>> = {
  kubernetes_node_cloud_config: kubernetesNodeCloudConfig,
  registry_vm_cloud_config: registryVmCloudConfig,
};
const stackAt = (phase: EstateWithVm['phase']): TerraformJson =>
  synthesizedAt(phase).get('infra')?.json ?? {};
const secretsOf = (estate: EstateWithVm): VaultKey[] =>
  Object.values(snippets).flatMap((snippet) => [...cloudConfigSecrets(snippet(estate))]);
/** A value that would end a line or begin a template if anything pasted it as it is. */
const secretValue = ({ path, key }: VaultKey): string => `${path} ${key}: "\${x}" %{y}`;

describe.each(phases)('the infra stack at %s', (phase) => {
  const estate = estateAt(phase);
  const json = stackAt(phase);

  test('manages nothing, so that no apply can touch a machine', () => {
    expect(json.resource).toBeUndefined();
  });

  test('stops the plan at each missing secret, by its name', () => {
    const conditions = JSON.stringify(json.data?.['vault_kv_secret_v2']);
    for (const { path, key } of secretsOf(estate))
      expect(conditions).toContain(`Vault secret/${path} has no value at key \\"${key}\\"`);
  });
});

const testWithTerraform = terraformProgram() === undefined ? test.skip : test;

testWithTerraform(
  'Terraform makes of its locals the cloud-configs, whatever the secrets hold',
  async () => {
    const estate = estateAt('prepare');
    const { locals = {}, data = {}, variable = {} } = stackAt('prepare');
    const vault = Object.fromEntries(
      Object.entries(data['vault_kv_secret_v2'] ?? {}).map(([name, { name: path }]) => [
        name,
        Object.fromEntries(
          secretsOf(estate)
            .filter((secret) => secret.path === path)
            .map((secret) => [secret.key, literal(secretValue(secret))]),
        ),
      ]),
    );
    const { resource } = await evaluateStack(
      { data, variable, resource: { snippet: { rendered: locals } } },
      { variables: {}, vault },
    );
    for (const [name, snippet] of Object.entries(snippets)) {
      const text = resource?.['snippet']?.['rendered']?.[name];
      const expected = renderCloudConfig(snippet(estate), (content) =>
        contentText(content, (secret) => secretValue(secret.vault)),
      );
      expect(parse(String(text), { schema: 'yaml-1.1' })).toEqual(parse(expected, { schema: 'yaml-1.1' }));
    }
  },
  60_000,
);
