/** Why a run must not delete, whatever its plan says. */
export type Brake =
  | { readonly kind: 'first-run' }
  | { readonly kind: 'shrunken'; readonly seen: number; readonly expected: number };

/**
 * Compares the packages that this run sees with those that the last one expects. Forgejo shows a weaker token fewer
 * packages with a 200, and retention itself never removes one, so fewer means that somebody must look first.
 */
export function brakeOf(seen: number, expected: number | undefined): Brake | undefined {
  if (expected === undefined) return { kind: 'first-run' };
  return seen < expected ? { kind: 'shrunken', seen, expected } : undefined;
}

export function describeBrake(brake: Brake): string {
  switch (brake.kind) {
    case 'first-run':
      return 'retention: nothing is deleted because no earlier run is known to compare the packages with; the next run can';
    case 'shrunken':
      return `retention: nothing is deleted because the list shrank, got ${brake.seen} of ${brake.expected} packages; check what the token may see, and when packages were removed on purpose delete this job's Pushgateway group`;
  }
}
