import type { Step } from '../steps/step';
import type { Command } from './machine-command';

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
export interface MachineStep extends Step {
  readonly kind: StepKind;
  readonly command: Command;
  readonly diff?: string;
}

/** Whether a step changes what the machine itself holds or runs. */
export function changesMachine({ kind }: MachineStep): boolean {
  return ['make-directory', 'write-file', 'activate', 'remove'].includes(kind);
}

export function stepDetails({ command, diff }: MachineStep): string {
  return diff === undefined ? command.shown : `${command.shown}\n${diff.replace(/^/gmu, '  ')}`;
}
