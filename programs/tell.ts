import { EXIT, type ExitCode } from './exit-code';
import { withGrace } from './grace';

export interface TellOptions {
  /** How the work ended. */
  readonly code: ExitCode;
  /** The run's own: once it is aborted, telling has {@link TELL_GRACE_MS} left. */
  readonly signal: AbortSignal;
  /** Pushes the metrics of a run that ended so. */
  readonly push: (code: ExitCode, signal: AbortSignal) => Promise<void>;
  readonly print: (line: string) => void;
}

const TELL_GRACE_MS = 3_500;

/**
 * Tells the Pushgateway how the run ended and answers its exit code. A run that cannot tell has failed; since the first
 * push may have arrived though its answer did not, that is pushed too, so that metric and exit code agree.
 */
export async function tell({ code, signal, push, print }: TellOptions): Promise<ExitCode> {
  const told = (as: ExitCode): Promise<boolean> =>
    withGrace(signal, TELL_GRACE_MS, (late) => push(as, late)).then(
      () => true,
      (error: unknown) => {
        print(error instanceof Error ? error.message : String(error));
        return false;
      },
    );
  if ((await told(code)) || code !== EXIT.done) return code;
  await told(EXIT.failed);
  return EXIT.failed;
}
