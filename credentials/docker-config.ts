interface DockerConfig {
  readonly auths: Readonly<
    Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string } | null>
  >;
}

/** The login of each registry that has one in a `kubernetes.io/dockerconfigjson` Secret; undefined for data that is none. */
export function registryAuths(
  data: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> | undefined {
  try {
    const { auths } = JSON.parse(decoded(data['.dockerconfigjson'])) as DockerConfig;
    const logins = Object.entries(auths).map(([host, entry]) => {
      const { auth = '', username = '', password = '' } = entry ?? {};
      // As a kubelet reads it: name and password apart where they are not together.
      return [host, auth === '' ? `${username}:${password}` : decoded(auth)] as const;
    });
    return new Map(
      logins.flatMap(([host, login]) =>
        login === ':' ? [] : [[host, Buffer.from(login).toString('base64')] as const],
      ),
    );
  } catch {
    return undefined;
  }
}

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Its registries, sorted; none for data that is none. */
export function registryHosts(data: Readonly<Record<string, string>> = {}): readonly string[] {
  return [...(registryAuths(data)?.keys() ?? [])].sort();
}
