import type { Command } from './command';

export type StepKind =
  | 'cordon'
  | 'drain'
  | 'make-directory'
  | 'write-file'
  | 'activate'
  | 'wait-ready'
  | 'remove'
  | 'verify'
  | 'settle'
  | 'uncordon';

/** One thing that a rollout does, and the very command that does it. */
export interface Step {
  readonly kind: StepKind;
  readonly title: string;
  readonly command: Command;
  /** What changes, for a reader. */
  readonly diff?: string;
  /** What to do when it fails. */
  readonly advice: string;
}

/** Whether a step changes what the machine itself holds or runs. */
export function changesMachine({ kind }: Step): boolean {
  return ['make-directory', 'write-file', 'activate', 'remove'].includes(kind);
}
