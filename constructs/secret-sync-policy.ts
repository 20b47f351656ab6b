import { ClusterRole } from '@cdktf/provider-kubernetes/lib/cluster-role';
import { ClusterRoleBinding } from '@cdktf/provider-kubernetes/lib/cluster-role-binding';
import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import type { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface SecretSyncPolicyProps {
  /** Of the policy: another one is another policy. */
  readonly name: string;
  readonly secret: Secret;
  readonly secretName: string;
  /** Namespace of the source Secret, which is Kyverno's own. */
  readonly namespace: string;
  readonly excludedNamespaces: readonly string[];
  /** What brings Kyverno and its CRDs. */
  readonly release: ITerraformDependable;
}

/**
 * Kyverno's ClusterPolicy that clones the pull Secret into every namespace and puts back what is changed there, and the
 * rights both of its controllers need for that (since 1.13 policy admission asks for both).
 *
 * Kyverno's chart makes it look away from its own namespace, where the source is. `generateExisting` covers the
 * namespaces that are there, and since its policies are gone through again every hour, also brings them a changed source.
 *
 * Of a rule that synchronizes, Kyverno lets nobody change anything but this and `orphanDownstreamOnPolicyDelete`, nor its
 * name, nor remove it (incident of 2026-06-12); and a policy that goes takes every copy along where that is not set (ADR 20).
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
          metadata: { name: props.name },
          spec: { rules: [cloneRule(props)] },
        },
        dependsOn: [props.release, props.secret, ...bindings],
      }),
      'sync_registry_credentials',
    );
  }
}

function cloneRule({ secretName, namespace, excludedNamespaces }: SecretSyncPolicyProps): object {
  return {
    name: 'sync-registry-secret',
    match: { any: [{ resources: { kinds: ['Namespace'] } }] },
    exclude: { any: [{ resources: { names: excludedNamespaces } }] },
    generate: {
      apiVersion: 'v1',
      kind: 'Secret',
      name: secretName,
      namespace: '{{request.object.metadata.name}}',
      synchronize: true,
      generateExisting: true,
      orphanDownstreamOnPolicyDelete: true,
      clone: { namespace, name: secretName },
    },
  };
}
