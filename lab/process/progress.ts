/** What takes long, on standard error, so that it never mixes with what a command prints. */
export function tell(line: string): void {
  process.stderr.write(`lab: ${line}\n`);
}
