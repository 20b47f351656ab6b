import { until } from '../process/until';
import type { Kubernetes } from './kubernetes';

const timeoutMs = 60_000;

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
  };
}

/** Resolves when every resource definition is served; `kubectl wait` gives up on those without conditions yet. */
export async function definitionsEstablished(kubernetes: Kubernetes): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  let missing: readonly Definition[] = [];
  const established = await until(
    async () => {
      const { items } = (await kubernetes.request({ path })).body as { items: readonly Definition[] };
      missing = items.filter(
        ({ status }) =>
          status?.conditions?.some((is) => is.type === 'Established' && is.status === 'True') !== true,
      );
      return missing.length === 0 ? true : undefined;
    },
    { timeoutMs, everyMs: 100 },
  );
  if (established !== undefined) return;
  const names = missing.map(({ metadata }) => metadata.name).join('", "');
  throw new Error(`kubernetes: definitions not established after ${timeoutMs / 1000} s, got "${names}"`);
}
