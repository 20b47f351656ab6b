import type { ForgejoAdministration } from '../clients/forgejo/administration';
import type { VaultKv } from '../clients/vault/kv';
import { describeHeldBack, type BootstrapStep } from './bootstrap-plan';
import type { Desired } from './desired';
import { formatMark, markKey } from './token-mark';
import { tokenName } from './token-name';

export interface PerformProps {
  readonly desired: Desired;
  readonly forgejo: ForgejoAdministration;
  readonly vault: VaultKv;
  readonly nowMs: number;
}

/** Carries out one step. Nothing that it throws or answers holds a token. */
export async function performStep(step: BootstrapStep, props: PerformProps): Promise<void> {
  const { forgejo, vault, nowMs } = props;
  switch (step.kind) {
    case 'create-account':
      await forgejo.createAccount(step.account.name, step.account.email);
      return;
    case 'create-organization':
      await forgejo.createOrganization(step.name);
      return;
    case 'create-team':
      await forgejo.createTeam(step.organization, step.team.name, step.team.packages);
      return;
    case 'set-team':
      await forgejo.setTeam(step.id, step.team.name, step.team.packages);
      return;
    case 'join-team':
      await forgejo.join(await teamId(step.team, props), step.member);
      return;
    case 'issue-token': {
      const { account, scopes, vault: key } = step.token;
      const name = tokenName(step.token.name, step.generation);
      // Read before the token exists: a Vault that cannot be read must not leave one behind.
      const before = await vault.read(key.path);
      const value = await forgejo.issueToken(account, name, scopes);
      await vault.write(key.path, before, { [key.key]: value });
      if (await forgejo.isHeldBack(account, value)) throw new Error(describeHeldBack(account, props.desired));
      return;
    }
    case 'mark-token': {
      const { path } = step.token.vault;
      const mark = formatMark({ generation: step.generation, sinceMs: nowMs });
      await vault.annotate(path, await vault.read(path), { [markKey(step.token)]: mark });
      return;
    }
    case 'delete-token':
      await forgejo.deleteToken(step.account, step.name);
  }
}

async function teamId(name: string, { forgejo, desired }: PerformProps): Promise<number> {
  const organization = desired.organization?.name ?? '';
  const teams = await forgejo.teams(organization);
  const team = teams.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (team !== undefined) return team.id;
  throw new Error(
    `forgejo organization "${organization}": has no team, got none called "${name}"; run again`,
  );
}
