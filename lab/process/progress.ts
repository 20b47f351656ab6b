/** Told what a slow step is doing, one line at a time. */
export type Progress = (line: string) => void;

/** Progress on standard error, so that it never mixes with what a command prints. */
export function stderrProgress(line: string): void {
  process.stderr.write(`lab: ${line}\n`);
}
