/** Hard limits of a namespace's ResourceQuota. */
export interface Quota {
  readonly requestsCpu: string;
  readonly requestsMemory: string;
  readonly limitsMemory: string;
  readonly pods: number;
}

export type TierName = 'core' | 'cluster' | 'gpu' | 'edge' | 'aux';

/** A tier: the value of the namespace label `tier`, and the ResourceQuota `tier-quota` Kyverno generates from it. */
export interface Tier {
  readonly label: string;
  readonly quota: Quota;
}

export const tiers = {
  core: {
    label: '0-core',
    quota: { requestsCpu: '8', requestsMemory: '8Gi', limitsMemory: '64Gi', pods: 100 },
  },
  cluster: {
    label: '1-cluster',
    quota: { requestsCpu: '4', requestsMemory: '4Gi', limitsMemory: '32Gi', pods: 30 },
  },
  gpu: {
    label: '2-gpu',
    quota: { requestsCpu: '8', requestsMemory: '12Gi', limitsMemory: '32Gi', pods: 40 },
  },
  edge: {
    label: '3-edge',
    quota: { requestsCpu: '4', requestsMemory: '4Gi', limitsMemory: '32Gi', pods: 30 },
  },
  aux: { label: '4-aux', quota: { requestsCpu: '2', requestsMemory: '3Gi', limitsMemory: '16Gi', pods: 20 } },
} as const satisfies Record<TierName, Tier>;
