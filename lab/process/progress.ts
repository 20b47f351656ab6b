import type { Progress } from '../../terminal/progress';

export type { Progress };

/** Progress on standard error, so that it never mixes with what a command prints. */
export function stderrProgress(line: string): void {
  process.stderr.write(`lab: ${line}\n`);
}
