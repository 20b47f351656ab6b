import type { JsonObject } from './deliverable';
import type { ParseHcl } from '../hcl/read';
import { resourcesOf } from './resources';

/** What the next apply takes away in Vault. */
export interface Narrowing {
  /** Rights that would go from what was delivered before, although the estate does not say so. */
  readonly faults: readonly string[];
  /** Addresses that stay in the tree's own HCL, which gives more than the estate knows of; what, by address. */
  readonly kept: ReadonlyMap<string, readonly string[]>;
  /** Of those that the estate takes away, who loses what. */
  readonly losses: readonly string[];
  /** Policies and roles of which the tree's HCL has an expression. */
  readonly unknown: readonly string[];
}

/** What the tree declares now, by address: in the last generated file, and in HCL. */
export interface Before {
  readonly delivered: ReadonlyMap<string, JsonObject>;
  readonly handWritten: ReadonlyMap<string, JsonObject>;
}

type Rights = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Compares each policy and role that the generated file declares with what the tree says of it now.
 *
 * @param path of the generated file
 * @param narrowed addresses whose rights may shrink
 */
export async function narrowedRights(
  body: JsonObject,
  path: string,
  { delivered, handWritten }: Before,
  narrowed: readonly string[],
  parse: ParseHcl,
): Promise<Narrowing> {
  const before = new Map([...handWritten, ...delivered]);
  const faults: string[] = [];
  const kept = new Map<string, readonly string[]>();
  const losses: string[] = [];
  const unknown: string[] = [];
  const lose = (address: string, loss: string): void => {
    if (narrowed.includes(address)) losses.push(loss);
    else if (!delivered.has(address)) kept.set(address, [...(kept.get(address) ?? []), loss]);
    else
      faults.push(
        `${path}: "${address}" would take rights away, got ${loss}; add them to the consumer in estate/vault.ts, or narrow it there in a step of its own`,
      );
  };
  for (const [address, after] of resourcesOf(body)) {
    const old = before.get(address);
    if (old === undefined) continue;
    if (address.startsWith('vault_kubernetes_auth_backend_role.')) {
      for (const [field, what] of Object.entries(roleLists)) {
        const [was, is] = [textsOf(old[field]), textsOf(after[field])];
        if (was === undefined || is === undefined)
          unknown.push(`${address}: ${field} is an expression in the tree`);
        else
          for (const gone of was.filter((each) => !is.includes(each)))
            lose(address, `${what} "${gone}" loses the role "${String(after['role_name'])}"`);
      }
    } else if (address.startsWith('vault_policy.')) {
      const [was, is] = await Promise.all([old, after].map(({ policy }) => rightsIn(policy, address, parse)));
      if (was === undefined || is === undefined)
        unknown.push(`${address}: the policy is an expression in the tree`);
      else
        for (const [place, gone] of lostRights(was, is))
          lose(
            address,
            `"${gone.join('", "')}" on "${place}" goes for ${holdersOf(String(after['name']), [body, before])}`,
          );
    }
  }
  return { faults, kept, losses, unknown };
}

const roleLists = {
  bound_service_account_names: 'ServiceAccount',
  bound_service_account_namespaces: 'namespace',
  token_policies: 'policy',
} as const;

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && !each.includes('${'))
    ? (value as string[])
    : undefined;
}

/** Path to capabilities, as a policy's own text has them; nothing where it is put together elsewhere. */
async function rightsIn(policy: unknown, name: string, parse: ParseHcl): Promise<Rights | undefined> {
  if (typeof policy !== 'string' || policy.includes('${')) return undefined;
  const { path = {} } = (await parse(name, policy)).json as {
    path?: Readonly<Record<string, readonly { readonly capabilities?: unknown }[]>>;
  };
  const rights = Object.entries(path).map(
    ([place, blocks]) =>
      [place, textsOf(blocks.flatMap(({ capabilities }) => capabilities ?? [null]))] as const,
  );
  return rights.some(([, capabilities]) => capabilities === undefined)
    ? undefined
    : new Map(rights.map(([place, capabilities]) => [place, new Set(capabilities)]));
}

/** Every path that either names, with the capabilities that the first gives there and the second does not. */
function lostRights(was: Rights, is: Rights): readonly (readonly [string, readonly string[]])[] {
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((place) => {
    const still = allowedAt(is, place);
    const gone = [...allowedAt(was, place)].filter((capability) => !still.has(capability));
    return gone.length === 0 ? [] : [[place, gone] as const];
  });
}

/** Vault takes the one most specific rule: the path itself, else the longest that ends with "*" and begins it. */
function allowedAt(rights: Rights, place: string): ReadonlySet<string> {
  const [best] = [...rights.keys()]
    .filter((rule) => rule === place || (rule.endsWith('*') && place.startsWith(rule.slice(0, -1))))
    .sort((a, b) => Number(b === place) - Number(a === place) || b.length - a.length);
  const found = rights.get(best ?? '') ?? new Set<string>();
  return found.has('deny') ? new Set() : found;
}

/** Who has the policy, now or after. */
function holdersOf(
  policy: string,
  [after, before]: readonly [JsonObject, ReadonlyMap<string, JsonObject>],
): string {
  const roles = [...resourcesOf(after), ...before].filter(
    ([address, { token_policies: policies }]) =>
      address.startsWith('vault_kubernetes_auth_backend_role.') &&
      textsOf(policies)?.includes(policy) === true,
  );
  const accounts = roles.flatMap(([, role]) => textsOf(role['bound_service_account_names']) ?? []);
  const names = [...new Set(roles.map(([, role]) => String(role['role_name'])))];
  return names.length === 0
    ? 'whoever has the policy'
    : `role "${names.join('", "')}" (ServiceAccounts "${[...new Set(accounts)].sort().join('", "')}")`;
}
