import type { Step } from './step';

/** One machine, and what would be done to it. */
export interface Target {
  readonly name: string;
  /** Empty when there is nothing to do. */
  readonly steps: readonly Step[];
  /** What an operator should know before. */
  readonly notes: readonly string[];
}
