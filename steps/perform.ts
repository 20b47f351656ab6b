import { Refused } from './refused';
import type { Step, Target } from './step';

/** Why work stopped, how it was left, and the target at which it goes on. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  /** @param from what `--from` must say to go on; undefined when the same command does */
  constructor(
    message: string,
    readonly from?: string,
  ) {
    super(message);
  }
}

export interface PerformProps<S extends Step> {
  /** Does one step; resolves to why it failed. */
  readonly carryOut: (step: S) => Promise<string | undefined>;
  /** Called when it stops, with the steps that were begun; how the target is left, in one line. */
  readonly leave: (begun: readonly S[]) => Promise<string>;
  /** Called before each step; throws when the work may not go on. */
  readonly before: () => Promise<void>;
  /** Ends the work between two steps. */
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/** Carries out the steps of one target in order and stops at the first that fails. @throws {@link Stopped} */
export async function perform<S extends Step>(
  { name, steps }: Target<S>,
  { carryOut, leave, before, signal, out }: PerformProps<S>,
): Promise<void> {
  const begun: S[] = [];
  for (const step of steps) {
    let fault = signal.aborted ? 'stopped by its operator' : await reasonOf(before);
    if (fault === undefined) {
      out(`${name}: ${step.title}\n`);
      begun.push(step);
      const why = await carryOut(step);
      if (why !== undefined) fault = `${name}: ${step.title} failed, got ${why}; ${step.advice}`;
    }
    if (fault !== undefined) throw new Stopped(`${fault}\n${await leave(begun)}`);
  }
}

/** Does targets one after the other. @throws {@link Stopped} with the target at which it goes on, and which were not begun */
export async function inTurn(names: readonly string[], each: (name: string) => Promise<void>): Promise<void> {
  for (const [at, name] of names.entries()) {
    try {
      await each(name);
    } catch (error) {
      if (!(error instanceof Stopped || error instanceof Refused)) throw error;
      const rest = names.slice(at + 1);
      const untouched = rest.length === 0 ? [] : [`not begun: ${rest.join(', ')}`];
      throw new Stopped([error.message, ...untouched].join('\n'), name);
    }
  }
}

/** Why work failed; undefined where it did not. */
export async function reasonOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
