import type { Construct } from 'constructs';
import { RegistryCredentials } from '../constructs/registry-credentials';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import type { Estate } from '../estate/estate';
import type { PullSecretByTerraform } from '../estate/pull-secret';
import { registryLogins } from './registry-logins';
import { TerragruntStack } from './terragrunt-stack';

/** The pull Secret of each namespace that pulls, where no Kyverno clones it. */
export class PullSecretsStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate, { name, namespaces }: PullSecretByTerraform) {
    super(scope, 'pull-secrets', { estate, kind: 'shared', providers: ['kubernetes', 'vault'] });
    const logins = registryLogins(estate);
    const vault = new VaultSecrets(this, 'Vault', {
      keys: logins.flatMap(({ keys }) => keys),
      resourceNameOf: terraformName,
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    for (const namespace of namespaces)
      new RegistryCredentials(this, `RegistryCredentials-${namespace}`, {
        resourceName: `registry_credentials_${terraformName(namespace)}`,
        name,
        namespace,
        logins: logins.map(({ login }) => login(vault)),
      });
  }
}
