import type { PlannedChanges } from '../delivery/planned-changes';

/** What became of one stack in one run, and what that means for the whole run. */
export const outcomeMeans = {
  /** A saved plan waits for its apply. */
  due: 'well',
  applied: 'well',
  /** Other content than before, and nothing to change: it only has to be recorded. */
  recorded: 'well',
  unchanged: 'well',
  /** Somebody else works on it; whoever comes next looks again. */
  locked: 'well',
  /** A person applies it, since its state lies in the tree. */
  'by-hand': 'well',
  /** A newer commit was applied already. */
  older: 'refused',
  refused: 'found',
  /** Its plan would do what no machine may. */
  stopped: 'found',
  /** Applied once, and not in the tree any more. */
  gone: 'found',
  failed: 'failed',
} as const satisfies Readonly<Record<string, 'well' | 'refused' | 'found' | 'failed'>>;

export type Outcome = keyof typeof outcomeMeans;

export interface StackOutcome {
  readonly stack: string;
  readonly outcome: Outcome;
  /** Why, and what to do. */
  readonly says: readonly string[];
  /** Of what was planned. */
  readonly changes?: PlannedChanges;
}
