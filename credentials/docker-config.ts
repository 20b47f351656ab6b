/** The login of each registry in a `kubernetes.io/dockerconfigjson` Secret; undefined for data that is none. */
export function registryAuths(
  data: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> | undefined {
  try {
    const text = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    const { auths } = JSON.parse(text) as { auths: Record<string, { auth: string }> };
    return new Map(Object.entries(auths).map(([host, { auth }]) => [host, auth]));
  } catch {
    return undefined;
  }
}

/** Its registries, sorted; none for data that is none. */
export function registryHosts(data: Readonly<Record<string, string>> = {}): readonly string[] {
  return [...(registryAuths(data)?.keys() ?? [])].sort();
}
