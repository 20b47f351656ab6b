import type { Ran } from '../terminal/run';

/** Why Terraform ended without doing its work. `transient`: the same again may succeed without anybody's doing. */
export type TerraformFault = 'locked' | 'stale' | 'transient' | 'other';

/** What each says, and who says it so. The first that matches counts. */
const rows: readonly (readonly [TerraformFault, RegExp])[] = [
  // hashicorp/terraform internal/backend/local/backend_local.go
  ['stale', /Saved plan is stale/u],
  // hashicorp/terraform internal/command/clistate/state.go, internal/states/statemgr/locker.go
  // The heading alone also stands over a database that is away: who holds the lock is told only where somebody does.
  ['locked', /Error acquiring the state lock[\s\S]*Lock Info:/u],
  // hashicorp/terraform internal/backend/remote-state/pg/client.go
  ['locked', /(?:already locked for workspace creation|Workspace is already locked)/u],
  // scripts/tg of the tree: its lock of a tier-0 stack
  // Where Terraform itself came to an error, what is locked is something else, and nobody may take that for well.
  ['locked', /(?<![\s\S])(?![\s\S]*^(?:.*[│:] )?Error: (?!.*\bis locked by\b))[\s\S]*\bis locked by\b/mu],
  // hashicorp/terraform internal/command/init.go; a fifth of applies were red for it, 2026-06-28
  [
    'transient',
    /(?:Failed to (?:query available|install) provider|Could not retrieve the list of available versions)[\s\S]*(?:could not (?:connect to|query)|timeout|deadline exceeded|reset by peer|status: 5\d\d|50[0234] )/iu,
  ],
  // gruntwork-io/terragrunt options/auto_retry_options.go, DEFAULT_RETRYABLE_ERRORS
  [
    'transient',
    /TLS handshake timeout|Client\.Timeout exceeded while awaiting headers|Failed to load (?:state|backend)[\s\S]*(?:tcp.*timeout|connection reset by peer)/u,
  ],
  // hashicorp/vault api/response.go; Vault was away for moments, 2026-06-28
  ['transient', /Error making API request\.[\s\S]*Code: (?:429|5\d\d)\b/u],
  // etcd-io/etcd api/v3rpc/rpctypes/error.go; kubernetes/apimachinery pkg/api/errors
  [
    'transient',
    /etcdserver: (?:leader changed|request timed out)|the server is currently unable to handle the request/u,
  ],
  // PostgreSQL error codes 57P03 and 53300, as lib/pq prints them
  [
    'transient',
    /pq: the database system is (?:starting up|shutting down)|pq: sorry, too many clients already/u,
  ],
];

/** Reads the fault from what Terraform, or the wrapper around it, printed. */
export function terraformFault({ stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): TerraformFault {
  const text = `${stdout}\n${stderr}`;
  return rows.find(([, says]) => says.test(text))?.[0] ?? 'other';
}
