import type { Cluster } from '../../rollout/kubectl';

export interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [part: string]: unknown;
}

/** What `kubectl get` would list of these objects, for what only reads; test/lab/cutover.test.ts has the real thing. */
export function fakeCluster(objects: readonly KubeObject[]): Cluster {
  const refuse = (): never => {
    throw new Error('a plan changes nothing');
  };
  return {
    kubectl: refuse,
    apply: refuse,
    remove: refuse,
    items: <T>([kinds = '', scope, namespace]: readonly string[]) =>
      Promise.resolve(
        objects.filter(
          ({ kind, metadata }) =>
            kinds.split(',').includes(`${kind.toLowerCase()}s`) &&
            (scope !== '-n' || metadata.namespace === namespace),
        ) as readonly unknown[] as readonly T[],
      ),
  };
}
