import type { Kubernetes } from './kubernetes';

/** Creates or changes objects the way our users do: server-side, every unknown field an error. */
export async function applyObjects(kubernetes: Kubernetes, objects: readonly object[]): Promise<string> {
  return kubernetes.kubectl(
    ['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', '-'],
    objects.map((object) => JSON.stringify(object)).join('\n---\n'),
  );
}
