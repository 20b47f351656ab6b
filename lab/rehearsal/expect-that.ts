/** Ends the rehearsal where something is not as the plan has it. */
export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`rehearsal: ${what}`);
}

/** Why something was refused, as it should be. */
export function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'was let through',
    (error: unknown) => String(error),
  );
}
