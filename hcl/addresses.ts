/** A JSON object as Terraform's JSON syntax means it: a body of blocks and attributes. */
export type HclJson = Readonly<Record<string, unknown>>;

/** What Terraform's JSON syntax declares, one address per declaration, sorted. */
export function jsonAddresses(json: HclJson): string[] {
  const each = (value: unknown): HclJson[] => [value ?? []].flat() as HclJson[];
  const membersOf = (value: unknown): [string, unknown][] =>
    each(value).flatMap((one) => Object.entries(one).filter(([name]) => name !== '//'));
  const declared = (prefix: string, value: unknown): string[] =>
    membersOf(value).flatMap(([name, bodies]) => each(bodies).map(() => `${prefix}${name}`));
  const typed = (prefix: string, value: unknown): string[] =>
    membersOf(value).flatMap(([type, byName]) => declared(`${prefix}${type}.`, byName));
  return [
    ...membersOf(json['locals']).map(([name]) => `local.${name}`),
    ...declared('var.', json['variable']),
    ...declared('output.', json['output']),
    ...declared('module.', json['module']),
    ...typed('', json['resource']),
    ...typed('data.', json['data']),
  ].sort();
}
