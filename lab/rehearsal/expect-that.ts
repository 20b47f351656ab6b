/** Ends the rehearsal where something is not as the plan has it. */
export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`rehearsal: ${what}`);
}
