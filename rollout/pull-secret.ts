import type { Check, Credentials } from './machine-check';
import { Refused } from '../steps/refused';
import { read } from './read-cluster';
import type { Run } from './run-command';

/** Where the cluster keeps the login that pods pull with. */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
}

interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string }>
  >;
}

/** The pulls that a node must be able to make, with the cluster's own logins. @throws {@link Refused} without one */
export async function pullChecks(
  run: Run,
  secret: PullSecret,
  references: readonly string[],
): Promise<readonly Check[]> {
  if (references.length === 0) return [];
  const { namespace, name } = secret;
  const where = `secret "${namespace}/${name}"`;
  const found = await read(run, ['get', 'secret', name, '--namespace', namespace, '--ignore-not-found']);
  if (found === undefined)
    throw new Refused([
      `${where}: the pull Secret is missing, got none; apply the kyverno stack first (docs/runbooks/forgejo-registry-setup.md)`,
    ]);
  const encoded = (found as { data?: Readonly<Record<string, string>> }).data?.['.dockerconfigjson'];
  const config = parseConfig(where, encoded);
  const checks = references.map((reference): Check | string => {
    const host = reference.slice(0, reference.indexOf('/'));
    const credentials = credentialsOf(config, host);
    return credentials === undefined
      ? `${where}: no login for "${host}", got ${Object.keys(config.auths ?? {})
          .map((key) => `"${key}"`)
          .join(', ')}; add it to the kyverno stack's pull Secret`
      : { kind: 'pull', reference, credentials };
  });
  const faults = checks.filter((check) => typeof check === 'string');
  if (faults.length > 0) throw new Refused(faults);
  return checks.filter((check) => typeof check !== 'string');
}

function parseConfig(where: string, encoded: string | undefined): DockerConfig {
  try {
    return JSON.parse(Buffer.from(encoded ?? '', 'base64').toString('utf8')) as DockerConfig;
  } catch {
    throw new Refused([
      `${where}: holds no ".dockerconfigjson" that parses, got ${encoded === undefined ? 'none' : 'other text'}; apply the kyverno stack again`,
    ]);
  }
}

function credentialsOf({ auths = {} }: DockerConfig, host: string): Credentials | undefined {
  const entry = auths[host] ?? auths[`https://${host}`];
  if (entry === undefined) return undefined;
  const { username, password } = entry;
  if (username !== undefined && password !== undefined) return { username, password };
  const [user = '', ...rest] = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return user === '' ? undefined : { username: user, password: rest.join(':') };
}
