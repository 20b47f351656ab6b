import type { Todo } from './change';
import type { JsonObject } from './deliverable';
import { ownershipOf } from './generated-file';
import type { HclFile } from './hcl';

/** What has to be there or be done before the stack's plan can be applied, beyond the tree. */
export function stackTodo(
  stack: string,
  body: JsonObject,
  delivered: string | undefined,
  handWritten: readonly HclFile[],
): Todo[] {
  const before =
    delivered !== undefined && ownershipOf(delivered) === 'ours' ? (JSON.parse(delivered) as JsonObject) : {};
  const known = vaultKeys(before);
  const keys = vaultKeys(body).filter((key) => !known.includes(key));
  return [
    ...(keys.length === 0
      ? []
      : [
          {
            what: `stacks/${stack}: see that Vault has every key that its plan stops without`,
            commands: keys,
          },
        ]),
    ...growingClaims(stack, body, handWritten),
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

interface Claim {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

/**
 * Terraform does not look at a claim's size, because the autoresizer owns it: a claim that has to grow is told so once. The
 * API refuses to shrink one, so the command does no harm to a claim that has grown further.
 */
function growingClaims(
  stack: string,
  { resource = {} }: JsonObject,
  handWritten: readonly HclFile[],
): Todo[] {
  const type = 'kubernetes_persistent_volume_claim';
  const claims = (resource as Record<string, Record<string, Claim> | undefined>)[type] ?? {};
  return Object.entries(claims).flatMap(([name, { metadata, spec }]) => {
    const size = spec.resources?.requests?.storage;
    const before = handWritten
      .map(({ json }) =>
        JSON.stringify((json['resource'] as Record<string, JsonObject> | undefined)?.[type]?.[name]),
      )
      .map((text) => /"storage":"([^"]+)"/u.exec(text ?? '')?.[1])
      .find((found) => found !== undefined);
    if (size === undefined || before === undefined || before === size) return [];
    const patch = JSON.stringify({ spec: { resources: { requests: { storage: size } } } });
    return [
      {
        what: `stacks/${stack}: the claim "${metadata.name}" is asked for ${before} in the tree and for ${size} here; let it grow, no apply will`,
        commands: [`kubectl -n ${metadata.namespace} patch pvc ${metadata.name} --type merge -p '${patch}'`],
      },
    ];
  });
}
