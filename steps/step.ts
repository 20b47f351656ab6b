/** One thing that is still to do: a value, so that a plan shows it before anything is done. */
export interface Step {
  readonly title: string;
  /** What to do when it fails. */
  readonly advice: string;
}

/** A machine, an account, an image: one thing that steps bring to what it should be. */
export interface Target<S extends Step> {
  readonly name: string;
  /** What is not done yet, in order; empty when there is nothing to do. */
  readonly steps: readonly S[];
  /** What an operator should know before. */
  readonly notes: readonly string[];
}
