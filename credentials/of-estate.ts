import type { Estate } from '../estate/estate';
import { shellLine } from '../terminal/shell-words';
import type { Token } from '../estate/tokens';
import type { Desired, DesiredAccount, DesiredOrganization } from './desired';
import { podArguments } from './pod-command-line';

/** How long a superseded token goes on working: longer than a sync, or a person's next apply, takes to bring the next. */
const overlapHours = 48;

/** The accounts, teams and tokens that an estate's packages need: a token for each duty, and no other account. */
export function desiredCredentials(estate: Estate): Desired {
  const {
    forgejo: { packages },
    hosts,
    tokens,
  } = estate;
  const { owner } = packages;
  const members = packages.ownerIs === 'user' ? [owner] : packages.writers;
  const account = (name: string): DesiredAccount => ({
    name,
    email: `${name}@${hosts.rootDomain}`,
    kind: packages.ownerIs === 'user' && same(name, owner) ? 'person' : 'robot',
  });
  const rows: [string, Token][] = Object.entries(tokens);
  const names = [...members, ...rows.map(([, token]) => token.owner)];
  const organization: DesiredOrganization = {
    name: owner,
    teams: [
      { name: 'package-readers', packages: 'read', members: [tokens.pull.owner] },
      { name: 'package-writers', packages: 'write', members },
    ],
  };
  return {
    accounts: names.filter((name, at) => names.findIndex((other) => same(name, other)) === at).map(account),
    ...(packages.ownerIs === 'organization' ? { organization } : {}),
    tokens: rows.map(([name, { owner: issuer, scopes, vault }]) => ({
      name,
      account: issuer,
      scopes,
      vault,
    })),
    inPod: (args) => shellLine(['kubectl', ...podArguments(estate, args)]),
    overlapHours,
  };
}

/** Forgejo compares the names of accounts without their case. */
export function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
