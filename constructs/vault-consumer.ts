import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface VaultConsumerProps {
  readonly role: string;
  readonly resourceName: string;
  /** Mount of Kubernetes authentication. */
  readonly mount: string;
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
  /** The policies of the role: its own by its name, and others'. */
  readonly policies: readonly string[];
  readonly rights: readonly { readonly path: string; readonly capabilities: readonly string[] }[];
  readonly tokenDays: number;
}

/** A role of Vault's Kubernetes authentication and the policy that is its own. */
export class VaultConsumer extends Construct {
  constructor(scope: Construct, id: string, props: VaultConsumerProps) {
    super(scope, id);
    const policy = atAddress(
      new Policy(this, 'Policy', { name: props.role, policy: policyText(props.rights) }),
      props.resourceName,
    );
    const seconds = props.tokenDays * 24 * 60 * 60;
    atAddress(
      new KubernetesAuthBackendRole(this, 'Role', {
        backend: props.mount,
        roleName: props.role,
        boundServiceAccountNames: [...props.serviceAccounts],
        boundServiceAccountNamespaces: [props.namespace],
        tokenPolicies: [...props.policies],
        tokenTtl: seconds,
        tokenPeriod: seconds,
        dependsOn: [policy],
      }),
      props.resourceName,
    );
  }
}

function policyText(rights: VaultConsumerProps['rights']): string {
  return rights
    .map(
      ({ path, capabilities }) =>
        `path "${path}" {\n  capabilities = [${capabilities.map((one) => `"${one}"`).join(', ')}]\n}\n`,
    )
    .join('\n');
}
