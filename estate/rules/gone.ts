import { isAtLeast, type Phase } from '../phases';

/** Whether something that exists until a phase is gone in this one. */
export function isGone(until: Phase | undefined, phase: Phase): boolean {
  return until !== undefined && isAtLeast(phase, until);
}
