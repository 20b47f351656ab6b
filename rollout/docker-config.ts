interface DockerConfig {
  readonly auths: Readonly<
    Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string } | null>
  >;
}

/** The login, `name:password`, of each registry that has one in a docker config Secret; undefined for data that is none. */
export function registryLogins(
  data: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> | undefined {
  try {
    const { auths } = JSON.parse(decoded(data['.dockerconfigjson'])) as DockerConfig;
    const logins = Object.entries(auths).map(([host, entry]) => {
      const { auth = '', username = '', password = '' } = entry ?? {};
      // As a kubelet reads it: name and password apart where they are not together.
      return [host, auth === '' ? `${username}:${password}` : decoded(auth)] as const;
    });
    return new Map(logins.filter(([, login]) => login !== ':'));
  } catch {
    return undefined;
  }
}

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Its registries, sorted; none for data that is none. */
export function registryHosts(data: Readonly<Record<string, string>> = {}): readonly string[] {
  return [...(registryLogins(data)?.keys() ?? [])].sort();
}
