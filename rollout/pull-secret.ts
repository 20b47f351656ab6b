import type { Check } from './machine-check';
import { registryLogins } from './docker-config';
import { Refused } from '../steps/refused';
import { read } from './read-cluster';
import type { Run } from './run-command';

/** Where the cluster keeps the login that pods pull with. */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
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
  const logins = registryLogins((found as { data?: Readonly<Record<string, string>> }).data);
  if (logins === undefined)
    throw new Refused([
      `${where}: holds no ".dockerconfigjson" that parses, got other data; apply the kyverno stack again`,
    ]);
  const checks = references.map((reference): Check | string => {
    const host = reference.slice(0, reference.indexOf('/'));
    const [username = '', ...rest] = (logins.get(host) ?? logins.get(`https://${host}`) ?? '').split(':');
    return username === ''
      ? `${where}: no login for "${host}", got ${[...logins.keys()].map((key) => `"${key}"`).join(', ') || 'none'}; add it to the kyverno stack's pull Secret`
      : { kind: 'pull', reference, credentials: { username, password: rest.join(':') } };
  });
  const faults = checks.filter((check) => typeof check === 'string');
  if (faults.length > 0) throw new Refused(faults);
  return checks.filter((check) => typeof check !== 'string');
}
