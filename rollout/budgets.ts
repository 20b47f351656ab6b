import type { BudgetObject, LabelSelector, PodObject } from './cluster';

/** A PodDisruptionBudget that stands in the way of a drain, and the pod of the node that it covers. */
export interface Blocking {
  readonly budget: string;
  readonly pod: string;
  /** Set when its specification can never allow an eviction, whatever runs. */
  readonly never?: string;
}

/** The budgets that allow no eviction now, for the pods of one node that a drain evicts. */
export function blockingBudgets(
  node: string,
  pods: readonly PodObject[],
  budgets: readonly BudgetObject[],
): readonly Blocking[] {
  const evicted = pods.filter((pod) => pod.spec?.nodeName === node && isEvicted(pod));
  return budgets.flatMap((budget) => {
    const never = neverAllows(budget);
    if (never === undefined && (budget.status?.disruptionsAllowed ?? 0) >= 1) return [];
    const covered = evicted.find(
      ({ metadata }) =>
        metadata.namespace === budget.metadata.namespace &&
        selects(budget.spec.selector, metadata.labels ?? {}),
    );
    if (covered === undefined) return [];
    return [
      {
        budget: `${budget.metadata.namespace}/${budget.metadata.name}`,
        pod: `${covered.metadata.namespace}/${covered.metadata.name}`,
        ...(never === undefined ? {} : { never }),
      },
    ];
  });
}

/** `kubectl drain --ignore-daemonsets` leaves these; of those that have not begun or have ended, no budget is asked. */
function isEvicted({ metadata, status }: PodObject): boolean {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind;
  return (
    controller !== 'DaemonSet' &&
    controller !== 'Node' &&
    !/Pending|Succeeded|Failed/.test(status?.phase ?? '')
  );
}

function neverAllows({ spec: { minAvailable, maxUnavailable } }: BudgetObject): string | undefined {
  if (maxUnavailable === 0 || maxUnavailable === '0%') return `maxUnavailable ${maxUnavailable}`;
  return minAvailable === '100%' ? 'minAvailable 100%' : undefined;
}

/** policy/v1: an empty selector covers every pod of the namespace, an absent one none. */
function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined) return false;
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return true;
      }
    })
  );
}
