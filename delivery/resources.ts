import type { JsonObject } from './deliverable';

/** Address to attributes, of a configuration in Terraform's JSON syntax or as an HCL parser gives it. */
export function resourcesOf({ resource = {} }: JsonObject): [string, JsonObject][] {
  const groups = (Array.isArray(resource) ? resource : [resource]) as Record<
    string,
    Record<string, unknown>
  >[];
  return groups.flatMap((types) =>
    Object.entries(types).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, attributes]): [string, JsonObject] => [
        `${type}.${name}`,
        (Array.isArray(attributes) ? attributes[0] : attributes) as JsonObject,
      ]),
    ),
  );
}

/** Where a configuration declares what a plan or a state calls so: `module.a["x.y"].t.n[0]` is `t.n` of its module. */
export function declaredAddress(address: string): string {
  return address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/gu, '').replace(/^(?:module\.[^.]+\.)+/u, '');
}

/** The block of this address, likewise. */
export function blockAt(json: JsonObject, address: string): JsonObject | undefined {
  const [first = '', ...rest] = address.split('.');
  const kind = { data: 'data', module: 'module', var: 'variable' }[first];
  const path = kind === undefined ? ['resource', first, ...rest] : [kind, ...rest];
  const found = path.reduce<unknown>((inner, key) => (inner as JsonObject | undefined)?.[key], json);
  return (Array.isArray(found) ? found[0] : found) as JsonObject | undefined;
}
