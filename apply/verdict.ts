import type { PlanJson, ResourceChange } from '../delivery/planned-changes';
import { declaredAddress } from '../delivery/resources';

/** What a saved plan is, by its JSON: exit status 2 also says that addresses alone move. */
export interface Verdict {
  /** Whether an apply would do anything at all, be it to the state alone. */
  readonly changes: boolean;
  /** Whether an object would be another than it is: what counts as drift. */
  readonly objectsChange: boolean;
  /** Why no machine may apply it. */
  readonly stops: readonly string[];
}

/** What may be destroyed or replaced without anybody who decides: it holds nothing, and comes back. All else is protected. */
const expendable: ReadonlySet<string> = new Set([
  ...['kubernetes_config_map', 'kubernetes_config_map_v1'],
  ...['kubernetes_cron_job', 'kubernetes_cron_job_v1', 'kubernetes_job', 'kubernetes_job_v1'],
  ...['kubernetes_network_policy', 'kubernetes_network_policy_v1'],
  ...['kubernetes_role', 'kubernetes_role_v1', 'kubernetes_role_binding', 'kubernetes_role_binding_v1'],
  ...['kubernetes_cluster_role', 'kubernetes_cluster_role_v1'],
  ...['kubernetes_cluster_role_binding', 'kubernetes_cluster_role_binding_v1'],
  ...['kubernetes_service_account', 'kubernetes_service_account_v1'],
]);

const knownActions: ReadonlySet<string> = new Set(['no-op', 'create', 'read', 'update', 'delete', 'forget']);

/** Judges a plan that Terraform saved. */
export function judgePlan(plan: PlanJson): Verdict {
  const resources = plan.resource_changes ?? [];
  const outputs = Object.values(plan.output_changes ?? {}).flatMap(({ actions }) => actions ?? []);
  const objectsChange = resources.some(({ change }) => change.actions.some(changesObject));
  const moves = resources.some(
    ({ address, previous_address: from }) => from !== undefined && from !== null && from !== address,
  );
  const imports = resources.some(
    ({ change: { importing } }) => importing !== undefined && importing !== null,
  );
  const invoked = plan.action_invocations?.length ?? 0;
  return {
    objectsChange,
    changes: objectsChange || moves || imports || invoked > 0 || outputs.some((action) => action !== 'no-op'),
    stops: [
      ...(plan.errored === true ? ['planning failed in the middle, got "errored": true; plan again'] : []),
      ...(plan.complete === false
        ? ['a part of it is left for a plan after this one, got "complete": false; apply it by hand']
        : []),
      ...(invoked > 0
        ? [`it invokes actions of providers, got ${invoked}; what they do no plan shows: apply it by hand`]
        : []),
      ...resources.flatMap(stopsOf),
    ],
  };
}

const changesObject = (action: string): boolean => action !== 'no-op' && action !== 'read';

function stopsOf({ address, change: { actions } }: ResourceChange): string[] {
  const unknown = actions.filter((action) => !knownActions.has(action));
  if (unknown.length > 0)
    return [
      `${address}: nobody here knows what happens to it, got "${unknown.join('", "')}"; apply it by hand`,
    ];
  // An object that is forgotten and made anew is replaced as well.
  const isReplaced = actions.length > 1;
  if (
    !(isReplaced || actions.includes('delete')) ||
    expendable.has(declaredAddress(address).split('.')[0] ?? '')
  )
    return [];
  const what = isReplaced ? 'replaced' : 'destroyed';
  return [`${address}: would be ${what}, and is protected; apply it by hand, if it is meant`];
}
