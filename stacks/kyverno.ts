import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { Release } from '@cdktf/provider-helm/lib/release';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import { RegistryCredentials, type RegistryLogin } from '../constructs/registry-credentials';
import { SecretSyncPolicy } from '../constructs/secret-sync-policy';
import { VaultSecret } from '../constructs/vault-secret';
import type { Estate } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import { TerragruntStack } from './terragrunt-stack';

/** The pull Secret of every namespace. In the tree the Kyverno release is the user's; here it comes along. */
export class KyvernoStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    super(scope, 'kyverno', { estate, kind: 'shared', providers: ['kubernetes', 'vault', 'helm'] });
    const { kyverno } = estate;
    const logins = loginsOf(estate);

    const vault = new VaultSecret(this, 'Vault', {
      address: 'viktor',
      path: 'viktor',
      keys: logins.flatMap(({ keys }) => keys).filter((key, index, all) => all.indexOf(key) === index),
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    const namespace = atAddress(
      new Namespace(this, 'Namespace', { metadata: { name: kyverno.namespace } }),
      'kyverno',
    );
    const release = this.defineRelease(estate, namespace);
    const credentials = new RegistryCredentials(this, 'RegistryCredentials', {
      name: kyverno.pullSecretName,
      namespace: kyverno.namespace,
      logins: logins.map(({ login }) => login(vault)),
    });
    new SecretSyncPolicy(this, 'SecretSync', {
      secret: credentials.secret,
      secretName: kyverno.pullSecretName,
      namespace: kyverno.namespace,
      excludedNamespaces: kyverno.excludedNamespaces,
      release,
    });
    this.comesFirst(namespace);
  }

  private defineRelease({ kyverno }: Estate, namespace: Namespace): Release {
    this.cdktfFormOnly.push('resource.kubernetes_namespace.kyverno', 'resource.helm_release.kyverno');
    return atAddress(
      new Release(this, 'Release', {
        name: 'kyverno',
        namespace: kyverno.namespace,
        repository: kyverno.chartRepository,
        chart: 'kyverno',
        version: kyverno.chartVersion,
        dependsOn: [namespace],
      }),
      'kyverno',
    );
  }
}

interface LoginSource {
  readonly keys: readonly string[];
  readonly login: (vault: VaultSecret) => RegistryLogin;
}

/** Every spelling of the legacy registry until it is gone, and Forgejo. */
function loginsOf({ phase, registries, forgejo, tokens, legacyCredential }: Estate): LoginSource[] {
  const { user, password } = legacyCredential;
  const legacy = registries.legacy.spellings.map((host) => ({
    keys: [user.key, password.key],
    login: (vault: VaultSecret) => ({
      host,
      user: vault.value(user.key),
      password: vault.value(password.key),
    }),
  }));
  const pull = tokens
    .filter(({ duty }) => duty === 'pull')
    .map(({ owner, vault: { key } }) => ({
      keys: [key],
      login: (vault: VaultSecret) => ({ host: forgejo.host, user: `"${owner}"`, password: vault.value(key) }),
    }));
  return [...(isAtLeast(phase, 'decommission') ? [] : legacy), ...pull];
}
