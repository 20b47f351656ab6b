import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { Release } from '@cdktf/provider-helm/lib/release';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import { RegistryCredentials } from '../constructs/registry-credentials';
import { SecretSyncPolicy } from '../constructs/secret-sync-policy';
import type { Estate } from '../estate/estate';
import type { PullSecretByKyverno } from '../estate/pull-secret';
import { registryLogins } from './registry-logins';
import { TerragruntStack } from './terragrunt-stack';

/** The pull Secret of every namespace. In the tree the Kyverno release is the user's; here it comes along. */
export class KyvernoStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate, pullSecret: PullSecretByKyverno) {
    super(scope, 'kyverno', { estate, kind: 'shared', providers: ['kubernetes', 'vault', 'helm'] });
    const logins = registryLogins(this, estate);
    const namespace = atAddress(
      new Namespace(this, 'Namespace', { metadata: { name: pullSecret.namespace } }),
      'kyverno',
    );
    const release = this.defineRelease(pullSecret, namespace);
    const credentials = new RegistryCredentials(this, 'RegistryCredentials', {
      resourceName: 'registry_credentials',
      name: pullSecret.name,
      namespace: pullSecret.namespace,
      logins,
    });
    new SecretSyncPolicy(this, 'SecretSync', {
      name: pullSecret.policy.name,
      secret: credentials.secret,
      secretName: pullSecret.name,
      namespace: pullSecret.namespace,
      excludedNamespaces: pullSecret.excludedNamespaces,
      release,
    });
    this.orderAfter(namespace);
  }

  private defineRelease(
    { namespace, chartRepository, chartVersion }: PullSecretByKyverno,
    dependency: Namespace,
  ): Release {
    this.cdktfFormOnly.push('resource.kubernetes_namespace.kyverno', 'resource.helm_release.kyverno');
    return atAddress(
      new Release(this, 'Release', {
        name: 'kyverno',
        namespace,
        repository: chartRepository,
        chart: 'kyverno',
        version: chartVersion,
        dependsOn: [dependency],
      }),
      'kyverno',
    );
  }
}
