import type { TokenEntry } from '../clients/forgejo/administration';
import type { Desired, DesiredAccount, DesiredTeam, DesiredToken } from './desired';
import { hasScopes, listedAs, type Observed } from './observed';
import { same } from './of-estate';
import { generationsOf, whyPulledWith } from './superseded';
import { markKey, parseMark } from './token-mark';
import { generationOf } from './token-name';

/** One change. A token is issued and stored in one step; what a kill leaves in between is found by the next plan. */
export type BootstrapStep =
  | { readonly kind: 'create-account'; readonly account: DesiredAccount }
  | { readonly kind: 'create-organization'; readonly name: string }
  | { readonly kind: 'create-team'; readonly organization: string; readonly team: DesiredTeam }
  | { readonly kind: 'set-team'; readonly id: number; readonly team: DesiredTeam }
  | { readonly kind: 'join-team'; readonly team: string; readonly member: string }
  | {
      readonly kind: 'issue-token';
      readonly token: DesiredToken;
      readonly generation: number;
      readonly why: string;
    }
  | { readonly kind: 'mark-token'; readonly token: DesiredToken; readonly generation: number }
  | { readonly kind: 'delete-token'; readonly account: string; readonly name: string; readonly why: string };

export interface BootstrapPlan {
  readonly steps: readonly BootstrapStep[];
  /** One line for each thing that stays as it is, with what it is. */
  readonly left: readonly string[];
  /** Why nothing may be begun. */
  readonly faults: readonly string[];
}

export interface BootstrapOptions {
  readonly nowMs: number;
  /** Names of tokens to issue anew, though they work. */
  readonly rotate: readonly string[];
  /** Whether the administrator stays, and may so own an organization. @default true */
  readonly administratorStays?: boolean;
}

/** What is to be done, in order: accounts, organization, teams, then tokens; superseded tokens last. */
export function planBootstrap(
  desired: Desired,
  observed: Observed,
  options: BootstrapOptions,
): BootstrapPlan {
  const names = desired.tokens.map(({ name }) => name);
  const unknown = options.rotate.filter((name) => !names.includes(name));
  return together([
    ...unknown.map((name) =>
      fault(`--rotate: the estate has no such token, got "${name}"; name one of "${names.join('", "')}"`),
    ),
    ...desired.accounts.map((account) => planAccount(account, desired, observed)),
    planOrganization(desired, observed, options),
    ...desired.tokens.map((token) => planToken(token, desired, observed, options)),
  ]);
}

function planAccount(
  account: DesiredAccount,
  desired: Desired,
  { accounts, heldBack }: Observed,
): BootstrapPlan {
  const { name, kind } = account;
  const found = accounts.get(name.toLowerCase());
  if (found === undefined)
    return kind === 'robot'
      ? { ...nothing, steps: [{ kind: 'create-account', account }] }
      : fault(
          `forgejo account "${name}": does not exist, and owns the packages, got none; register it, or correct the owner in estate/forgejo.ts`,
        );
  if (found.isOrganization)
    return fault(
      `forgejo account "${name}": its name is taken, got an organization; give its tokens another owner in estate/tokens.ts`,
    );
  if (!same(found.login, name))
    return fault(
      `forgejo account "${name}": was renamed, got "${found.login}"; name it so in the estate, or rename it back`,
    );
  if (!found.active || found.prohibit_login)
    return fault(
      `forgejo account "${name}": its tokens are refused, got ${found.active ? 'login prohibited' : 'not active'}; activate it in the site administration`,
    );
  if (heldBack.has(name.toLowerCase())) return fault(describeHeldBack(name, desired));
  return { ...nothing, left: [`account ${name}`] };
}

function planOrganization(
  { organization }: Desired,
  observed: Observed,
  { administratorStays = true }: BootstrapOptions,
): BootstrapPlan {
  if (organization === undefined) return nothing;
  const { name, teams } = organization;
  if (observed.namesake !== undefined)
    return fault(
      `forgejo organization "${name}": its name is taken, got ${same(observed.namesake, name) ? 'an account' : `what is called "${observed.namesake}" now`}; rename it, or write another owner in estate/forgejo.ts`,
    );
  if (observed.organization === undefined && !administratorStays)
    return fault(
      `forgejo organization "${name}": does not exist, and an administrator who leaves may not own it, got none; create it in the web interface as the person who is to own it`,
    );
  const planned = teams.map((team) => {
    const found = observed.organization?.teams.get(team.name.toLowerCase());
    const members = new Set(found?.members.map((member) => member.toLowerCase()));
    const steps: BootstrapStep[] = [
      ...(found === undefined ? [{ kind: 'create-team', organization: name, team } as const] : []),
      ...(found !== undefined && found.packages !== team.packages
        ? [{ kind: 'set-team', id: found.id, team } as const]
        : []),
      ...team.members
        .filter((member) => !members.has(member.toLowerCase()))
        .map((member) => ({ kind: 'join-team', team: team.name, member }) as const),
    ];
    return { ...nothing, steps, left: steps.length === 0 ? [`team ${name}/${team.name}`] : [] };
  });
  const itself: BootstrapPlan =
    observed.organization === undefined
      ? { ...nothing, steps: [{ kind: 'create-organization', name }] }
      : { ...nothing, left: [`organization ${name}`] };
  return together([itself, ...planned]);
}

function planToken(
  token: DesiredToken,
  { overlapHours }: Desired,
  observed: Observed,
  { nowMs, rotate }: BootstrapOptions,
): BootstrapPlan {
  const { name, account, vault } = token;
  const where = `vault "${vault.path}" key "${vault.key}"`;
  const secret = observed.secrets.get(vault.path);
  const value = secret?.data[vault.key] ?? '';
  if (typeof value !== 'string')
    return fault(`${where}: holds no text, got ${typeof value}; remove what does not belong there`);
  const listed = observed.accounts.get(account.toLowerCase())?.tokens ?? [];
  const stored = listedAs(value, listed);
  const current = stored && generationOf(name, stored.name);
  const mark = parseMark(secret?.customMetadata[markKey(token)]);
  const ours = generationsOf(name, listed);
  // A token above the one in use was made by a run that ended before it stored it; without a mark none was ever stored.
  const inUse = current ?? mark?.generation ?? 0;
  const orphans = ours
    .filter(({ generation }) => generation > inUse)
    .map(({ entry }) => remove(token, entry.name, 'was issued and never stored'));
  const superseded = ours.filter(({ generation }) => generation < inUse);
  const mayRotate = current === undefined || (mark?.generation === current && superseded.length === 0);
  const why = reasonToIssue(token, stored, value, rotate.includes(name) && mayRotate);
  if (why !== undefined) {
    const generation = inUse + 1;
    return {
      ...nothing,
      steps: [
        ...orphans,
        { kind: 'issue-token', token, generation, why },
        { kind: 'mark-token', token, generation },
      ],
    };
  }
  if (current !== undefined && mark?.generation !== current)
    return { ...nothing, steps: [...orphans, { kind: 'mark-token', token, generation: current }] };
  const endsMs = (mark?.sinceMs ?? nowMs) + overlapHours * 3_600_000;
  const until = `until ${new Date(endsMs).toISOString()}`;
  const asked = rotate.includes(name)
    ? `; delete it there for "--rotate ${name}" to issue another before`
    : '';
  const stays = new Map(
    superseded.flatMap(({ entry }) => {
      const why = endsMs > nowMs ? until : whyPulledWith(token, entry, observed);
      return why === undefined ? [] : [[entry.name, why] as const];
    }),
  );
  return {
    ...nothing,
    steps: [
      ...orphans,
      ...superseded
        .filter(({ entry }) => !stays.has(entry.name))
        .map(({ entry }) => remove(token, entry.name, 'its successor is in use')),
    ],
    left: [
      `token ${stored?.name ?? name} of ${account}, in ${where}`,
      ...[...stays].map(([old, why]) => `token ${old} of ${account}, ${why}${asked}`),
    ],
  };
}

function reasonToIssue(
  { account, scopes }: DesiredToken,
  stored: TokenEntry | undefined,
  value: string,
  rotate: boolean,
): string | undefined {
  if (value === '') return 'Vault has none';
  if (stored === undefined) return `what Vault has is no token of ${account}`;
  if (!hasScopes(stored, scopes))
    return `${stored.name} may do something else: ${[...stored.scopes].sort().join(', ')}`;
  return rotate ? 'asked for' : undefined;
}

/** What a person does about an account whose tokens are refused. */
export function describeHeldBack(account: string, { inPod }: Pick<Desired, 'inPod'>): string {
  const release = inPod(['admin', 'user', 'must-change-password', '--unset', account]);
  return `forgejo account "${account}": its tokens are refused, got 403; it must change its password first, or take a second factor that the server asks for; log in as it, or ${release}`;
}

function remove({ account }: DesiredToken, name: string, why: string): BootstrapStep {
  return { kind: 'delete-token', account, name, why };
}

const nothing: BootstrapPlan = { steps: [], left: [], faults: [] };

function together(parts: readonly BootstrapPlan[]): BootstrapPlan {
  return {
    steps: parts.flatMap(({ steps }) => steps),
    left: parts.flatMap(({ left }) => left),
    faults: parts.flatMap(({ faults }) => faults),
  };
}

function fault(message: string): BootstrapPlan {
  return { ...nothing, faults: [message] };
}
