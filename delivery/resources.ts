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
