import type { WalkResult } from './walk';

/**
 * The one word for a run, the cause before its consequences:
 * - `registry-down`, `authentication-failed`, `not-a-registry`, `interrupted`: nothing is known of the images
 * - `catalog-shrunk`: repositories that the cluster pulls from, or that had tags before, are not there; a weaker token sees
 *   fewer as well
 * - `image-broken`: faults were found; `pull-failed`: the canary image could not be pulled whole
 * - `forgetful`: what earlier runs found damaged could not be read back, so that it may still be
 * - `empty`: the registry lists nothing, and nothing is expected of it
 * - `present`: everything answers, but not all bytes have been read yet; `healthy`: they were, each in its turn
 */
export const verdicts = [
  'healthy',
  'present',
  'empty',
  'image-broken',
  'pull-failed',
  'catalog-shrunk',
  'forgetful',
  'authentication-failed',
  'registry-down',
  'not-a-registry',
  'interrupted',
] as const;

export type Verdict = (typeof verdicts)[number];

export interface Evidence {
  readonly result: WalkResult;
  /** Repositories that had tags and have none. @default 0 */
  readonly emptied?: number;
  /** @default false */
  readonly canaryFailed?: boolean;
  /** The memory of earlier runs could not be read. @default false */
  readonly forgetful?: boolean;
  /** The bytes of everything were read, each in its turn. */
  readonly bytesRead: boolean;
}

export function verdictOf({ result, emptied, canaryFailed, forgetful, bytesRead }: Evidence): Verdict {
  if (result.interruption !== undefined) return result.interruption.reason;
  if (result.deniedRepositories.length > 0) return 'authentication-failed';
  if (result.missingRepositories.length > 0 || (emptied ?? 0) > 0) return 'catalog-shrunk';
  if (Object.values(result.faults).some((count) => count > 0)) return 'image-broken';
  if (canaryFailed === true) return 'pull-failed';
  if (forgetful === true) return 'forgetful';
  if (result.repositories === 0) return 'empty';
  return bytesRead ? 'healthy' : 'present';
}

/** 0: all well; 1: could not do the job; 2: did the job and found faults. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  return exitCodes[verdict];
}

const exitCodes = {
  ...{ healthy: 0, present: 0, empty: 0, 'image-broken': 2, 'pull-failed': 2, 'catalog-shrunk': 2 },
  ...{ forgetful: 1, 'authentication-failed': 1, 'registry-down': 1, 'not-a-registry': 1, interrupted: 1 },
} as const satisfies Record<Verdict, 0 | 1 | 2>;
