import { createHash } from 'node:crypto';
import { ClusterRole } from '@cdktf/provider-kubernetes/lib/cluster-role';
import { ClusterRoleBinding } from '@cdktf/provider-kubernetes/lib/cluster-role-binding';
import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import type { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface SecretSyncPolicyProps {
  readonly secret: Secret;
  readonly secretName: string;
  /** Namespace of the source Secret, which is Kyverno's own. */
  readonly namespace: string;
  readonly excludedNamespaces: readonly string[];
  /** What brings Kyverno and its CRDs. */
  readonly release: ITerraformDependable;
}

/** The content of the rule that the predecessor created, which must be adopted without a change. */
const adoptedRule = 'bc04b4e9';

/**
 * Kyverno's ClusterPolicy that clones the pull Secret into every new namespace and puts back what is changed there,
 * and the rights both of its controllers need for that (since 1.13 policy admission asks for both).
 *
 * Kyverno's chart makes it look away from its own namespace, where the source is: a copy follows a change of the
 * source when its namespace changes next (kyverno/website#1298; the setup runbook says how to have that at once).
 *
 * Kyverno refuses a change of a generate rule under its old name (incident of 2026-06-12), and leaves what a removed
 * rule made where it is; so a rule that changes is another rule, and the policy is updated in place.
 */
export class SecretSyncPolicy extends Construct {
  constructor(scope: Construct, id: string, props: SecretSyncPolicyProps) {
    super(scope, id);
    const role = atAddress(
      new ClusterRole(this, 'Role', {
        metadata: { name: 'kyverno:secret-manager', labels: { 'app.kubernetes.io/instance': 'kyverno' } },
        rule: [
          {
            apiGroups: [''],
            resources: ['secrets'],
            verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
          },
        ],
      }),
      'kyverno_secret_manager',
    );
    const bindings = (['admission', 'background'] as const).map((controller) =>
      atAddress(
        new ClusterRoleBinding(this, `${controller}Binding`, {
          metadata: { name: `kyverno:${controller}-controller:secret-manager` },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: 'kyverno:secret-manager',
          },
          subject: [
            { kind: 'ServiceAccount', name: `kyverno-${controller}-controller`, namespace: props.namespace },
          ],
          dependsOn: [role],
        }),
        `kyverno_${controller}_secret_manager`,
      ),
    );

    atAddress(
      new Manifest(this, 'Resource', {
        manifest: {
          apiVersion: 'kyverno.io/v1',
          kind: 'ClusterPolicy',
          metadata: { name: 'sync-registry-credentials' },
          spec: { rules: [cloneRule(props)] },
        },
        dependsOn: [props.release, props.secret, ...bindings],
      }),
      'sync_registry_credentials',
    );
  }
}

function cloneRule({ secretName, namespace, excludedNamespaces }: SecretSyncPolicyProps): object {
  const rule = {
    match: { any: [{ resources: { kinds: ['Namespace'] } }] },
    exclude: { any: [{ resources: { names: excludedNamespaces } }] },
    generate: {
      apiVersion: 'v1',
      kind: 'Secret',
      name: secretName,
      namespace: '{{request.object.metadata.name}}',
      synchronize: true,
      clone: { namespace, name: secretName },
    },
  };
  return { name: ruleName(rule), ...rule };
}

/** The adopted cluster's own name for the adopted cluster's own rule; any other rule is named after its content. */
function ruleName(rule: object): string {
  const content = createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 8);
  return content === adoptedRule ? 'sync-registry-secret' : `sync-registry-secret-${content}`;
}
