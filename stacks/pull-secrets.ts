import type { Construct } from 'constructs';
import { RegistryCredentials } from '../constructs/registry-credentials';
import { terraformName } from '../constructs/vault-secrets';
import type { Estate } from '../estate/estate';
import type { PullSecretByTerraform } from '../estate/pull-secret';
import { registryLogins } from './registry-logins';
import { TerragruntStack } from './terragrunt-stack';

/** The pull Secret of each namespace that pulls, where no Kyverno clones it. */
export class PullSecretsStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate, { name, namespaces }: PullSecretByTerraform) {
    super(scope, 'pull-secrets', { estate, kind: 'shared', providers: ['kubernetes', 'vault'] });
    const logins = registryLogins(this, estate);
    for (const namespace of namespaces)
      new RegistryCredentials(this, `RegistryCredentials-${namespace}`, {
        resourceName: `registry_credentials_${terraformName(namespace)}`,
        name,
        namespace,
        logins,
      });
  }
}
