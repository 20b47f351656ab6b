import type { Credentials } from '../../clients/http/authorizer';

/** The credentials that the nodes pull with, under the names that the predecessor's Secret has. */
export interface CredentialsEnvironment {
  readonly REG_USER?: string;
  readonly REG_PASS?: string;
}

/** Both or neither: without credentials many registries show nothing, which would look like an empty one. */
export function credentialsOf(
  { REG_USER: username, REG_PASS: password }: CredentialsEnvironment,
  registry: string,
): Credentials | undefined {
  if (username === undefined && password === undefined) return undefined;
  const missing = [
    ...((username ?? '') === '' ? ['REG_USER'] : []),
    ...((password ?? '') === '' ? ['REG_PASS'] : []),
  ];
  if (missing.length === 0 && username !== undefined && password !== undefined) return { username, password };
  throw new Error(
    `integrity probe: half a credential, got no ${missing.join(' and no ')}; fill the Secret with the account and the token that the nodes pull from ${registry} with, or leave both out to ask anonymously`,
  );
}
