import type { ForgejoAdministration, Team } from '../clients/forgejo/administration';
import type { VaultKv } from '../clients/vault/kv';
import type { Desired } from './desired';
import { Refused } from '../steps/refused';
import { hasScopes, listedAs, type Observed, type ObservedAccount, type ObservedTeam } from './observed';
import type { ObservedPullSecrets } from './preflight/pull-secrets';
import { generationsOf, isCopied } from './superseded';

/** Reads all that a plan stands on, and changes nothing. */
export async function observe(
  { accounts, organization, tokens }: Desired,
  forgejo: ForgejoAdministration,
  vault: VaultKv,
  copies: () => Promise<ObservedPullSecrets>,
): Promise<Observed> {
  const paths = [...new Set(tokens.map(({ vault: { path } }) => path))];
  const [observedAccounts, observedOrganization, namesake, secrets] = await Promise.all([
    Promise.all(accounts.map(async ({ name }) => [name, await observeAccount(name, forgejo)] as const)),
    organization === undefined ? undefined : observeOrganization(organization.name, forgejo),
    organization === undefined ? undefined : forgejo.account(organization.name),
    Promise.all(paths.map(async (path) => [path, await vault.read(path)] as const)),
  ]);
  const found = new Map(
    observedAccounts.flatMap(([name, account]) =>
      account === undefined ? [] : [[name.toLowerCase(), account] as const],
    ),
  );
  const stored = new Map(secrets);
  const heldBack = tokens.map(async ({ account, scopes, vault: { path, key } }) => {
    const value = stored.get(path)?.data[key];
    const name = account.toLowerCase();
    const listed = listedAs(value, found.get(name)?.tokens ?? []);
    if (listed === undefined || !hasScopes(listed, scopes)) return [];
    return (await forgejo.isHeldBack(account, value as string)) ? [name] : [];
  });
  const isSuperseded = tokens.some((token) => {
    const listed = found.get(token.account.toLowerCase())?.tokens ?? [];
    return isCopied(token) && generationsOf(token.name, listed).length > 1;
  });
  // Whatever keeps it from being asked, what it has is not known then.
  const unread = (error: unknown): Refused =>
    error instanceof Refused ? error : new Refused([error instanceof Error ? error.message : String(error)]);
  return {
    ...(isSuperseded ? { copies: await copies().catch(unread) } : {}),
    accounts: found,
    organization: observedOrganization,
    namesake: observedOrganization === undefined ? namesake?.login : undefined,
    secrets: stored,
    heldBack: new Set((await Promise.all(heldBack)).flat()),
  };
}

async function observeAccount(
  name: string,
  forgejo: ForgejoAdministration,
): Promise<ObservedAccount | undefined> {
  const account = await forgejo.account(name);
  if (account === undefined) return undefined;
  const isRenamed = account.login.toLowerCase() !== name.toLowerCase();
  const isOrganization = !isRenamed && (await forgejo.organizationExists(name));
  const tokens = isOrganization || isRenamed ? [] : await forgejo.tokens(name);
  return { ...account, isOrganization, tokens };
}

async function observeOrganization(
  name: string,
  forgejo: ForgejoAdministration,
): Promise<Observed['organization']> {
  if (!(await forgejo.organizationExists(name))) return undefined;
  const teams = await forgejo.teams(name);
  const observed = teams.map(async (team): Promise<readonly [string, ObservedTeam]> => [
    team.name.toLowerCase(),
    { id: team.id, packages: packagesUnit(team), members: await forgejo.members(team.id) },
  ]);
  return { teams: new Map(await Promise.all(observed)) };
}

function packagesUnit({ units_map: units }: Team): ObservedTeam['packages'] {
  const unit = units?.['repo.packages'];
  return unit === 'read' || unit === 'write' || unit === 'admin' ? unit : 'none';
}
