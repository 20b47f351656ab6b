/** Why a run must not delete, whatever its plan says. */
export type Brake =
  | { readonly kind: 'first-run' }
  | { readonly kind: 'shrunken' | 'shrunken-cluster'; readonly seen: number; readonly expected: number };

export interface Seen {
  readonly packages: number;
  /** Objects of the cluster. */
  readonly objects: number;
}

/** Jobs and their pods come and go; what loses half of everything from one night to the next is not told everything. */
const SMALLEST_SHARE = 0.5;

/**
 * Compares what this run sees with what the last one expects. Forgejo shows a weaker token fewer packages with a 200, and
 * retention itself never removes one, so fewer means that somebody must look first; an API server that answers for a part
 * of the cluster says 200 too.
 */
export function brakeOf(
  { packages, objects }: Seen,
  expected: { readonly packages: number | undefined; readonly objects: number | undefined },
): Brake | undefined {
  const { objects: objectsBefore = 0 } = expected;
  if (expected.packages === undefined) return { kind: 'first-run' };
  if (packages < expected.packages) return { kind: 'shrunken', seen: packages, expected: expected.packages };
  if (objects < objectsBefore * SMALLEST_SHARE)
    return { kind: 'shrunken-cluster', seen: objects, expected: objectsBefore };
  return undefined;
}

export function describeBrake(brake: Brake): string {
  switch (brake.kind) {
    case 'first-run':
      return 'retention: nothing is deleted because no earlier run is known to compare the packages with; the next run can';
    case 'shrunken':
      return `retention: nothing is deleted because the list shrank, got ${brake.seen} of ${brake.expected} packages with a tag; check what the token may see, and when packages, or all tags of one, were removed on purpose delete this job's Pushgateway group`;
    case 'shrunken-cluster':
      return `retention: nothing is deleted because the cluster shrank, got ${brake.seen} objects where the last run saw ${brake.expected}; check what the ServiceAccount may list, and when workloads were removed on purpose delete this job's Pushgateway group`;
  }
}
