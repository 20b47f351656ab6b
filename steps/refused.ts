/** Why nothing was begun: every fault that was found, one a line. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}
