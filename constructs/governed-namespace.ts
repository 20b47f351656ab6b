import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { ResourceQuota } from '@cdktf/provider-kubernetes/lib/resource-quota';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { ignoredChanges } from './ignored-changes';

export interface GovernedNamespaceProps {
  readonly name: string;
  /** Value of the label `tier`, from which Kyverno generates LimitRange and ResourceQuota. */
  readonly tierLabel: string;
  /** A quota in place of the tier's. The label that opts out and the quota come together or not at all. */
  readonly quota: {
    readonly requestsCpu: string;
    readonly requestsMemory: string;
    readonly limitsMemory: string;
    readonly pods: number;
  };
}

/** A namespace with a quota of its own instead of its tier's. */
export class GovernedNamespace extends Construct {
  readonly name: string;
  readonly namespace: Namespace;

  constructor(scope: Construct, id: string, props: GovernedNamespaceProps) {
    super(scope, id);
    this.name = props.name;

    this.namespace = atAddress(
      new Namespace(this, 'Resource', {
        metadata: {
          name: props.name,
          labels: {
            'istio-injection': 'disabled',
            tier: props.tierLabel,
            'resource-governance/custom-quota': 'true',
          },
        },
        lifecycle: { ignoreChanges: [ignoredChanges.goldilocksLabel] },
      }),
      props.name,
    );

    atAddress(
      new ResourceQuota(this, 'Quota', {
        metadata: { name: `${props.name}-quota`, namespace: props.name },
        spec: {
          hard: {
            'requests.cpu': props.quota.requestsCpu,
            'requests.memory': props.quota.requestsMemory,
            'limits.memory': props.quota.limitsMemory,
            pods: String(props.quota.pods),
          },
        },
      }),
      props.name,
    );
  }
}
