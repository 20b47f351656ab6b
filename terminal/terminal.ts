/** What a command speaks through; a process's own, or a test's. */
export interface Terminal {
  /** What was asked for. */
  readonly out: (text: string) => void;
  /** Progress and faults. */
  readonly err: (text: string) => void;
  /** Whether a line on `err` can be written over. */
  readonly interactive: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
