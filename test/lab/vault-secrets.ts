import type { EvaluatedJson, StackValues } from '../support/evaluate-stack';
import { mustSucceed, type Vault } from '../../lab/servers/vault';

/**
 * What the lab's Vault answers to the data sources of a stack, for `evaluateStack`.
 * @throws Error for a secret that is not there, as the provider does; of its keys the stack's conditions judge
 */
export async function readSecrets(json: EvaluatedJson, vault: Vault): Promise<StackValues['vault']> {
  const secrets: Record<string, Readonly<Record<string, string>>> = {};
  for (const [address, { name }] of referencesOf(json)) {
    const path = `${vault.mount}/data/${name}`;
    const { status, body } = await vault.request({ path });
    if (status !== 200) throw new Error(`vault: no secret found at "${path}", got ${status}; write it first`);
    secrets[address] = (body as { data: { data: Record<string, string> } }).data.data;
  }
  return secrets;
}

/** Writes the values of a stack's secrets to the lab's Vault, beside the keys that are there. */
export async function writeSecrets(
  json: EvaluatedJson,
  vault: Vault,
  values: StackValues['vault'],
): Promise<void> {
  for (const [address, { name }] of referencesOf(json)) {
    const path = `${vault.mount}/data/${name}`;
    const { status, body } = await vault.request({ path });
    const held = status === 200 ? (body as { data: { data: object } }).data.data : {};
    await mustSucceed(vault, { method: 'POST', path, body: { data: { ...held, ...values[address] } } });
  }
}

/** Its data sources, each with the name below the mount, such as `viktor`. */
function referencesOf({ data = {} }: EvaluatedJson): readonly [string, { readonly name: string }][] {
  return Object.entries(data['vault_kv_secret_v2'] ?? {}) as unknown as [string, { name: string }][];
}
