/** A file that cannot be read as HCL, with the place: `main.tf:3:7: <what is wrong>; <what to do>`. */
export class HclError extends Error {
  public constructor(
    public readonly path: string,
    /** Both count from 1; absent where no place can be told. */
    public readonly place: { readonly line: number; readonly column: number } | undefined,
    problem: string,
  ) {
    const where = place === undefined ? '' : `:${place.line}:${place.column}`;
    super(`${path}${where}: ${problem}`);
    this.name = 'HclError';
  }
}
