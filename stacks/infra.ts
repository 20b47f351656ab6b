import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import { type CloudConfig, cloudConfigSecrets } from '../cloud-init/cloud-config';
import { kubernetesNodeCloudConfig } from '../cloud-init/kubernetes-node-cloud-config';
import { registryVmCloudConfig } from '../cloud-init/registry-vm';
import { atAddress } from '../constructs/address';
import { VaultSecret } from '../constructs/vault-secret';
import type { Estate } from '../estate/estate';
import { cloudConfigTemplate } from './cloud-config-template';
import { TerragruntStack } from './terragrunt-stack';

/**
 * What new machines receive at their first boot, as locals that the tree's template modules upload as snippets. No
 * resource of ours: running machines stay out of Terraform, whose provider once rewrote their disks (2026-05-26; ADR 17).
 */
export class InfraStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    super(scope, 'infra', { estate, kind: 'shared', providers: ['vault'] });
    const configs: Readonly<Record<string, CloudConfig>> = {
      kubernetes_node_cloud_config: kubernetesNodeCloudConfig(estate),
      registry_vm_cloud_config: registryVmCloudConfig(estate),
    };
    const secrets = this.defineSecrets(Object.values(configs));
    for (const [name, config] of Object.entries(configs)) {
      const text = cloudConfigTemplate(config, ({ path, key }) => secrets.get(path)?.value(key) ?? '');
      atAddress(new TerraformLocal(this, name, text), name);
    }
  }

  /** One data source a Vault path, whose names no hand-written one of the tree has. */
  private defineSecrets(configs: readonly CloudConfig[]): ReadonlyMap<string, VaultSecret> {
    const needed = configs.flatMap(cloudConfigSecrets);
    const paths = [...new Set(needed.map(({ path }) => path))].sort();
    return new Map(
      paths.map((path) => {
        const keys = new Set(needed.filter((vault) => vault.path === path).map(({ key }) => key));
        const address = `cloud_config_${path.replaceAll(/[^a-z0-9]+/g, '_')}`;
        const runbook = 'docs/runbooks/new-machine.md';
        return [
          path,
          new VaultSecret(this, `Vault-${path}`, { address, path, keys: [...keys].sort(), runbook }),
        ];
      }),
    );
  }
}
