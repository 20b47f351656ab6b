import { quantityBytes } from '../estate/derived/quantity';
import type { Todo } from './change';
import type { JsonObject } from './deliverable';
import { deliveredJson } from './generated-file';
import type { HclFile } from '../hcl/read';
import { resourcesOf } from './resources';

/** What has to be there or be done before the stack's plan can be applied, beyond the tree. */
export function stackTodo(
  stack: string,
  body: JsonObject,
  delivered: string | undefined,
  handWritten: readonly HclFile[],
): Todo[] {
  const before = deliveredJson(delivered);
  const known = vaultKeys(before);
  const keys = vaultKeys(body).filter((key) => !known.includes(key));
  return [
    ...(keys.length === 0
      ? []
      : [{ what: 'see that Vault has every key that a plan stops without', commands: keys }]),
    ...growingClaims(stack, body, [...handWritten.map(({ json }) => json), before]),
  ];
}

/** A command for each key of a Vault secret that a postcondition asks for; its value is not printed. */
function vaultKeys({ data = {} }: JsonObject): string[] {
  const secrets =
    (data as Record<string, Record<string, JsonObject> | undefined>)['vault_kv_secret_v2'] ?? {};
  return Object.values(secrets).flatMap((secret) =>
    [...JSON.stringify(secret['lifecycle'] ?? {}).matchAll(/self\.data\[\\+"([^"\\]+)\\+"\]/gu)].map(
      ([, key = '']) =>
        `vault kv get -mount=${String(secret['mount'])} -field=${key} ${String(secret['name'])} > /dev/null`,
    ),
  );
}

/**
 * Terraform does not look at a claim's size, because the autoresizer owns it: a claim that has to grow is told so once. The
 * API refuses less than the volume has, so the command does no harm to a claim that has grown further.
 */
function growingClaims(stack: string, body: JsonObject, before: readonly JsonObject[]): Todo[] {
  const old = new Map(before.flatMap(claimsOf));
  return claimsOf(body).flatMap(([address, { size, name, namespace }]) => {
    const was = old.get(address)?.size;
    if (was === undefined || quantityBytes(size) <= quantityBytes(was)) return [];
    const patch = JSON.stringify({ spec: { resources: { requests: { storage: size } } } });
    return [
      {
        what: `stacks/${stack}: the claim "${name}" is asked for ${was} in the tree and for ${size} here; let it grow, no apply will`,
        commands: [`kubectl -n ${namespace} patch pvc ${name} --type merge -p '${patch}'`],
      },
    ];
  });
}

/** The claims whose size is written as a quantity, in Terraform's JSON syntax or as an HCL parser gives it. */
function claimsOf(json: JsonObject): [string, { size: string; name: string; namespace: string }][] {
  return resourcesOf(json).flatMap(([address, { metadata, spec }]) => {
    const [, size] = /"storage":"(\d+(?:[KMGTPE]i?)?)"/u.exec(JSON.stringify(spec ?? {})) ?? [];
    const { name = '', namespace = '' } = (metadata ?? {}) as { name?: string; namespace?: string };
    return address.startsWith('kubernetes_persistent_volume_claim.') && size !== undefined
      ? [[address, { size, name, namespace }]]
      : [];
  });
}
