/** A JSON object as Terraform's JSON syntax means it: a body of blocks and attributes. */
export type HclJson = Readonly<Record<string, unknown>>;

/** What Terraform's JSON syntax declares, one address per declaration, sorted. */
export function jsonAddresses(json: HclJson): string[] {
  const found: string[] = [];
  const add = (prefix: string, bodies: unknown): void => {
    for (const [name, body] of Object.entries((bodies ?? {}) as HclJson)) {
      if (name === '//') continue;
      const times = Array.isArray(body) ? body.length : 1;
      for (let time = 0; time < times; time += 1) found.push(`${prefix}${name}`);
    }
  };
  const each = (value: unknown): HclJson[] => (Array.isArray(value) ? value : [value ?? {}]) as HclJson[];
  for (const locals of each(json['locals'])) {
    for (const name of Object.keys(locals)) if (name !== '//') found.push(`local.${name}`);
  }
  for (const [block, prefix] of [
    ['variable', 'var.'],
    ['output', 'output.'],
    ['module', 'module.'],
  ] as const) {
    for (const bodies of each(json[block])) add(prefix, bodies);
  }
  for (const [block, prefix] of [
    ['resource', ''],
    ['data', 'data.'],
  ] as const) {
    for (const types of each(json[block])) {
      for (const [type, bodies] of Object.entries(types)) {
        if (type !== '//') add(`${prefix}${type}.`, bodies);
      }
    }
  }
  return found.sort();
}
