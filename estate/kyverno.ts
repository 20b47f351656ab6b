/** The Kyverno release and the Secret it copies into every namespace. */
export interface KyvernoFacts {
  readonly namespace: string;
  readonly chartRepository: string;
  readonly chartVersion: string;
  readonly pullSecretName: string;
  /** Namespaces that never receive the pull Secret. */
  readonly excludedNamespaces: readonly string[];
}

export const kyverno = {
  namespace: 'kyverno',
  chartRepository: 'https://kyverno.github.io/kyverno/',
  chartVersion: '3.6.1',
  pullSecretName: 'registry-credentials',
  excludedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
} as const satisfies KyvernoFacts;
