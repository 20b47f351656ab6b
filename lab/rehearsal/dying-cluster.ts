import type { Cluster } from '../../rollout/kubectl';

/** Carries on with work on a cluster until its n-th call, from which nothing is ever heard again; answers whether it came to that. */
export async function untilDeath(
  cluster: Cluster,
  at: number,
  work: (dying: Cluster) => Promise<unknown>,
): Promise<boolean> {
  let calls = 0;
  return new Promise((resolve, reject) => {
    const gate =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> => {
        calls += 1;
        if (calls < at) return call(...args);
        resolve(true);
        return new Promise<never>(() => undefined);
      };
    const dying = {
      ...{ kubectl: gate(cluster.kubectl), apply: gate(cluster.apply), remove: gate(cluster.remove) },
      items: gate(cluster.items) as typeof cluster.items,
    };
    void work(dying).then(() => {
      resolve(false);
    }, reject);
  });
}
