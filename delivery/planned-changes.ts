/**
 * The part of `terraform show -json <plan>` that says what an apply would do. Written by Go: an empty list may be null.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
 */
export interface PlanJson {
  readonly resource_changes?: readonly ResourceChange[] | null;
  readonly output_changes?: Readonly<Record<string, { readonly actions?: readonly string[] | null }>> | null;
  /** Of the actions of providers that an apply would invoke, since Terraform 1.14. */
  readonly action_invocations?: readonly unknown[] | null;
  /** Whether planning failed, and whether something is left for a plan after this one; since Terraform 1.8. */
  readonly errored?: boolean;
  readonly complete?: boolean;
}

export interface ResourceChange {
  readonly address: string;
  readonly type?: string;
  readonly previous_address?: string | null;
  readonly action_reason?: string | null;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: unknown;
    readonly after: unknown;
    readonly before_sensitive?: unknown;
    readonly after_sensitive?: unknown;
    readonly after_unknown?: unknown;
    /** Of an object that an import block brings into the state. */
    readonly importing?: unknown;
    readonly replace_paths?: readonly (readonly (string | number)[])[] | null;
  };
}

/** What `show -json` printed, behind whatever a wrapper said before. @throws Error where it is no plan of a known format */
export function planJson(printed: string): PlanJson {
  const start = printed.search(/^\{"format_version"/m);
  let plan: unknown;
  try {
    plan = start === -1 ? undefined : JSON.parse(printed.slice(start));
  } catch {
    plan = undefined;
  }
  const got = JSON.stringify(printed.trim().slice(0, 80));
  if (!isPlan(plan))
    throw new Error(`the plan cannot be read, got ${got}; is this Terraform, and the whole of what it says`);
  if (/^1\.\d+$/u.test(plan.format_version)) return plan;
  throw new Error(
    `the plan is of a format that is read otherwise, got version "${plan.format_version}"; this reads 1.x: update the project before Terraform`,
  );
}

function isPlan(plan: unknown): plan is PlanJson & { readonly format_version: string } {
  try {
    // A state has the same format, and plans nothing.
    if (!['planned_values', 'resource_changes'].some((key) => key in (plan as object))) return false;
    return ((plan as PlanJson).resource_changes ?? []).every(
      ({ address, change }) => typeof address === 'string' && Array.isArray(change.actions),
    );
  } catch {
    return false;
  }
}

/** What happens to one object, and for the worse ends why. */
export interface PlannedChange {
  readonly address: string;
  readonly reasons: readonly string[];
}

export const planKinds = ['moved', 'added', 'changed', 'replaced', 'destroyed', 'forgotten'] as const;

/** An object that moves and changes stands under both. */
export type PlannedChanges = Readonly<Record<(typeof planKinds)[number], readonly PlannedChange[]>>;

/** Sorts a plan by what becomes of the objects that exist. */
export function plannedChanges({ resource_changes }: PlanJson): PlannedChanges {
  const all = resource_changes ?? [];
  const of = (
    is: (actions: readonly string[]) => boolean,
    reasons: (resource: ResourceChange) => readonly string[] = () => [],
  ): PlannedChange[] =>
    all
      .filter(({ change }) => is(change.actions))
      .map((resource) => ({ address: resource.address, reasons: reasons(resource) }));
  const only = (action: string) => (actions: readonly string[]) =>
    actions.length === 1 && actions[0] === action;
  return {
    moved: all.flatMap(({ address, previous_address: from }) =>
      (from ?? address) === address ? [] : [{ address, reasons: [`from ${from ?? ''}`] }],
    ),
    added: of(only('create')),
    changed: of(only('update')),
    replaced: of((actions) => actions.includes('create') && actions.length > 1, replacementReasons),
    destroyed: of(only('delete'), ({ action_reason: reason }) => [
      words[reason ?? ''] ?? 'the plan gives no reason',
    ]),
    forgotten: of(only('forget')),
  };
}

const words: Readonly<Record<string, string>> = {
  delete_because_no_resource_config: 'nothing declares it any more',
  delete_because_no_module: 'the module that declared it is not called any more',
  delete_because_wrong_repetition:
    'its configuration has count or for_each where it had none, or none any more',
  delete_because_count_index: 'count is smaller than its index',
  delete_because_each_key: 'for_each has not its key any more',
  delete_because_no_move_target: 'it is moved to what nothing declares',
  replace_because_tainted: 'its creation failed in the middle, so it is tainted',
  replace_by_request: 'the command line asks for it',
  replace_by_triggers: 'replace_triggered_by names something that changes',
};

function replacementReasons({ action_reason: reason, change }: ResourceChange): string[] {
  const paths = (change.replace_paths ?? []).map((path) => {
    const shown = (value: unknown, sensitive: unknown): string => {
      if (isMarked(sensitive, path)) return '(sensitive value)';
      const found = valueAt(value, path);
      return found === undefined || found === null ? 'nothing' : JSON.stringify(found);
    };
    const after = isMarked(change.after_unknown, path)
      ? '(known after apply)'
      : shown(change.after, change.after_sensitive);
    return `${path.join('.')}: ${shown(change.before, change.before_sensitive)} becomes ${after}`;
  });
  return paths.length > 0 ? paths : [words[reason ?? ''] ?? 'the plan gives no reason'];
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** Marks are `true` at the value itself, at anything around it, or at a part of it. */
function isMarked(marks: unknown, [key, ...rest]: readonly (string | number)[]): boolean {
  if (key === undefined || marks === true) return JSON.stringify(marks ?? null).includes('true');
  return isMarked(valueAt(marks, [key]), rest);
}

/** A plan for a person: the counts, then each object with its reasons. */
export function formatPlannedChanges(stack: string, changes: PlannedChanges): string {
  const counts = planKinds.map((kind) => `${changes[kind].length} ${kind}`).join(', ');
  const lines = planKinds.flatMap((kind) =>
    changes[kind].map(
      ({ address, reasons }) =>
        `  ${kind.padEnd(9)} ${address}${reasons.map((reason) => `\n              ${reason}`).join('')}`,
    ),
  );
  return [`${stack}: ${counts}`, ...lines].join('\n');
}
