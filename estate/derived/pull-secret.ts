import type { Estate } from '../estate';

/** A copy of the pull Secret to read the cluster's login from. */
export function readablePullSecret({ pullSecret }: Estate): {
  readonly namespace: string;
  readonly name: string;
} {
  const [first = ''] = pullSecret.copiedBy === 'kyverno' ? [pullSecret.namespace] : pullSecret.namespaces;
  return { namespace: first, name: pullSecret.name };
}
