/** Why nothing was begun: every fault that was found, one a line. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** What each of these gives, in order. @throws {@link Refused} with the faults of all that refuse */
export function together<T extends readonly unknown[]>(...asked: { [At in keyof T]: () => T[At] }): T {
  const faults: string[] = [];
  const given = asked.map((ask) => {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  });
  if (faults.length > 0) throw new Refused(faults);
  return given as unknown as T;
}
