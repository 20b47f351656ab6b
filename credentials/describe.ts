import { renderTable } from '../terminal/table';
import type { BootstrapPlan, BootstrapStep } from './bootstrap-plan';
import { tokenName } from './token-name';

/** One step in words, without anything secret. */
export function describeStep(step: BootstrapStep): string {
  switch (step.kind) {
    case 'create-account':
      return `create account ${step.account.name}`;
    case 'create-organization':
      return `create organization ${step.name}`;
    case 'create-team':
      return `create team ${step.organization}/${step.team.name}: ${step.team.packages} packages`;
    case 'set-team':
      return `set team ${step.team.name}: ${step.team.packages} packages`;
    case 'join-team':
      return `add ${step.member} to team ${step.team}`;
    case 'issue-token': {
      const { account, scopes, vault, name } = step.token;
      return `issue ${tokenName(name, step.generation)} of ${account} (${scopes.join(', ')}) into vault "${vault.path}" key "${vault.key}": ${step.why}`;
    }
    case 'mark-token':
      return `note that ${tokenName(step.token.name, step.generation)} is in use`;
    case 'delete-token':
      return `delete ${step.name} of ${step.account}: ${step.why}`;
  }
}

/** What was found as it should be, what was changed by now, and what is still to do. */
export function planTable({ steps, left }: BootstrapPlan, changed = 0): string {
  return renderTable(
    ['STATE', 'WHAT'],
    [
      ...left.map((line) => ['found', line]),
      ...steps.map((step, index) => [index < changed ? 'changed' : 'to do', describeStep(step)]),
    ],
  );
}
