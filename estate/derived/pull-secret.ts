import type { Estate } from '../estate';
import type { VaultKey } from '../tokens';
import { legacySpellings, presentLegacy } from './legacy-registry';

/** A copy of the pull Secret to read the cluster's login from. */
export function readablePullSecret({ pullSecret }: Estate): Readonly<Record<'namespace' | 'name', string>> {
  const [first = ''] = pullSecret.copiedBy === 'kyverno' ? [pullSecret.namespace] : pullSecret.namespaces;
  return { namespace: first, name: pullSecret.name };
}

export interface PullLogin {
  /** `host` or `host:port`, as references spell it. */
  readonly host: string;
  /** A name, or where Vault has it. */
  readonly user: string | VaultKey;
  readonly password: VaultKey;
}

/** Every spelling of the legacy registry until it is gone, and Forgejo. */
export function pullLogins(estate: Estate): readonly PullLogin[] {
  const { forgejo, tokens } = estate;
  const legacy = presentLegacy(estate);
  return [
    ...(legacy === undefined ? [] : legacySpellings(estate).map((host) => ({ host, ...legacy.credential }))),
    { host: forgejo.host, user: tokens.pull.owner, password: tokens.pull.vault },
  ];
}
