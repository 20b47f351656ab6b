import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubernetes } from './kubernetes';

const waitMs = 60_000;

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
  };
}

/**
 * Resolves when the API server serves every resource that is defined in it. `kubectl wait` gives up on a definition
 * that has no conditions yet, as each has in its first moments.
 */
export async function definitionsEstablished(kubernetes: Kubernetes): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { items } = (await kubernetes.request({ path })).body as { items: readonly Definition[] };
    const missing = items.filter(
      ({ status }) =>
        status?.conditions?.some((is) => is.type === 'Established' && is.status === 'True') !== true,
    );
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      const names = missing.map(({ metadata }) => metadata.name).join('", "');
      throw new Error(`kubernetes: definitions not established after ${waitMs / 1000} s, got "${names}"`);
    }
    await sleep(100);
  }
}
