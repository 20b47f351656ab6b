import { EXIT, type ExitCode } from './exit-code';
import { withGrace } from './grace';

export interface TellOptions {
  readonly code: ExitCode;
  /** The run's own: once it is aborted, telling has {@link GRACE_MS} left. */
  readonly signal: AbortSignal;
  /** Pushes the metrics of a run that ended so. */
  readonly push: (code: ExitCode, signal: AbortSignal) => Promise<void>;
  readonly print: (line: string) => void;
}

/** With what the work and the process take, within the 5 s; the second is for telling that the first failed. */
const GRACE_MS = { only: 3_000, first: 1_600, second: 1_000 };

/**
 * Tells the Pushgateway how the run ended and answers its exit code. A run that cannot tell has failed; since the first
 * push may have arrived though its answer did not, that is pushed too, so that metric and exit code agree.
 */
export async function tell({ code, signal, push, print }: TellOptions): Promise<ExitCode> {
  const told = (as: ExitCode, graceMs: number): Promise<boolean> =>
    withGrace(signal, graceMs, (late) => push(as, late)).then(
      () => true,
      (error: unknown) => {
        print(error instanceof Error ? error.message : String(error));
        return false;
      },
    );
  if (code !== EXIT.done) {
    await told(code, GRACE_MS.only);
    return code;
  }
  if (await told(code, GRACE_MS.first)) return code;
  await told(EXIT.failed, GRACE_MS.second);
  return EXIT.failed;
}
