import { ClusterRole } from '@cdktf/provider-kubernetes/lib/cluster-role';
import { ClusterRoleBinding } from '@cdktf/provider-kubernetes/lib/cluster-role-binding';
import { ServiceAccount } from '@cdktf/provider-kubernetes/lib/service-account';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface ClusterImageReaderProps {
  /** Terraform name of all three objects. */
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
}

/** A ServiceAccount that may list what names an image anywhere in the cluster: no Secret, and nothing else. */
export class ClusterImageReader extends Construct {
  readonly serviceAccountName: string;

  constructor(scope: Construct, id: string, props: ClusterImageReaderProps) {
    super(scope, id);
    this.serviceAccountName = props.name;
    const roleName = `${props.namespace}:${props.name}`;

    const account = atAddress(
      new ServiceAccount(this, 'ServiceAccount', {
        metadata: { name: props.name, namespace: props.namespace },
        automountServiceAccountToken: false,
      }),
      props.resourceName,
    );
    const role = atAddress(
      new ClusterRole(this, 'Role', {
        metadata: { name: roleName },
        // One rule, because no two of these groups have a resource of one name.
        rule: [
          {
            apiGroups: ['', 'apps', 'batch'],
            resources: [
              ...['pods', 'podtemplates', 'replicationcontrollers'],
              ...['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
              ...['cronjobs', 'jobs'],
            ],
            verbs: ['list'],
          },
        ],
      }),
      props.resourceName,
    );
    atAddress(
      new ClusterRoleBinding(this, 'Binding', {
        metadata: { name: roleName },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
        subject: [{ kind: 'ServiceAccount', name: props.name, namespace: props.namespace }],
        dependsOn: [account, role],
      }),
      props.resourceName,
    );
  }
}
