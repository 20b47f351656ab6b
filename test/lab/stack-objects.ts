import type { Estate } from '../../estate/estate';
import { evaluateStack, referencedSecrets, type StackValues } from '../support/evaluate-stack';
import type { ApiObject } from '../../manifests/api-object';
import { manifestsOf } from '../../manifests/stack-manifests';
import { synthesized } from '../support/synthesized';

const variables = { tls_secret_name: 'tls-secret', public_ip: '', public_ipv6: '', cloudflare_zone_id: '' };

const placeholders = { 'secrets/fullchain.pem': 'certificate', 'secrets/privkey.pem': 'key' };

const synthesizedOnce = new WeakMap<Estate, ReturnType<typeof synthesized>>();

/** An estate's stacks, synthesized once. */
export function stacksOf(estate: Estate): ReturnType<typeof synthesized> {
  const stacks = synthesizedOnce.get(estate) ?? synthesized(estate);
  synthesizedOnce.set(estate, stacks);
  return stacks;
}

/** The Kubernetes objects of an estate's stack; what Vault would answer and the certificate are given, or made up. */
export async function stackObjects(
  estate: Estate,
  stack: string,
  { vault = {}, files = placeholders }: Partial<Pick<StackValues, 'vault' | 'files'>> = {},
): Promise<readonly ApiObject[]> {
  const found = stacksOf(estate).get(stack);
  if (found === undefined) throw new Error(`no stack "${stack}" is synthesized`);
  const { json } = found;
  const evaluated = await evaluateStack(json, {
    variables,
    vault: mergeSecrets(referencedSecrets(json), vault),
    files: { ...files, ...found.files },
  });
  return manifestsOf(evaluated).map(({ object }) => object);
}

function mergeSecrets(madeUp: StackValues['vault'], given: StackValues['vault']): StackValues['vault'] {
  return Object.fromEntries(
    Object.entries(madeUp).map(([name, values]) => [name, { ...values, ...given[name] }]),
  );
}
