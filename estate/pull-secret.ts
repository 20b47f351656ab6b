/** The Secret that pods pull with, and what puts it into every namespace that pulls. */
export type PullSecretFacts = PullSecretByKyverno | PullSecretByTerraform;

/** A Kyverno policy clones it from Kyverno's own namespace into every other one, also into those made later. */
export interface PullSecretByKyverno {
  readonly name: string;
  readonly copiedBy: 'kyverno';
  /** Of the Kyverno release, and of the Secret that is cloned. */
  readonly namespace: string;
  readonly chartRepository: string;
  readonly chartVersion: string;
  /** Namespaces that never receive it. */
  readonly excludedNamespaces: readonly string[];
  /** As it stands in the cluster, with the `factsHash` of the name, the namespace and the excluded namespaces of then. */
  readonly policy: { readonly name: string; readonly madeFor: string };
}

/** The stack `pull-secrets` declares it once a namespace; without Kyverno nothing else would. */
export interface PullSecretByTerraform {
  readonly name: string;
  readonly copiedBy: 'terraform';
  readonly namespaces: readonly string[];
}

export const pullSecret = {
  name: 'registry-credentials',
  copiedBy: 'kyverno',
  namespace: 'kyverno',
  chartRepository: 'https://kyverno.github.io/kyverno/',
  chartVersion: '3.6.1',
  excludedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  policy: {
    name: 'sync-registry-credentials',
    madeFor: 'sha256:fc03e70c63ad54477dd2c910c689c96be2fd8f07c2cbb321f4058f7350faafb5',
  },
} as const satisfies PullSecretFacts;
