import type { JsonObject } from './deliverable';

const byType: Readonly<Record<string, string>> = {
  kubernetes_namespace: 'everything in the namespace would be deleted',
  kubernetes_persistent_volume: 'the data on the volume would be lost',
  kubernetes_persistent_volume_claim: 'the data on the volume would be lost',
  vault_mount: 'every secret below it would be deleted',
};

/** What nobody can bring back once this object is destroyed; `undefined` where another one is as good. */
export function lossOf(address: string, { lifecycle }: JsonObject): string | undefined {
  const byItself = (lifecycle as { prevent_destroy?: unknown } | undefined)?.prevent_destroy === true;
  return (
    byType[(address.split('.')[0] ?? '').replace(/_v\d+$/u, '')] ??
    (byItself
      ? 'what depends on it would go with it; prevent_destroy stops Terraform only while its block stands'
      : undefined)
  );
}
