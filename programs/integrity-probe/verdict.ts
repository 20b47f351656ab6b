import type { WalkResult } from './walk';

/**
 * The one word for a run, the cause before its consequences:
 * - `registry-down`, `authentication-failed`, `not-a-registry`, `interrupted`: nothing is known of the images
 * - `catalog-shrunk`: repositories that the cluster pulls from are not listed; a weaker token sees fewer as well
 * - `image-broken`: faults were found; `pull-failed`: the canary image could not be pulled whole
 * - `empty`: the registry lists nothing, and nothing is expected of it
 */
export const verdicts = [
  'healthy',
  'empty',
  'image-broken',
  'pull-failed',
  'catalog-shrunk',
  'authentication-failed',
  'registry-down',
  'not-a-registry',
  'interrupted',
] as const;

export type Verdict = (typeof verdicts)[number];

export function verdictOf(result: WalkResult, canaryFailed: boolean): Verdict {
  if (result.interruption !== undefined) return result.interruption.reason;
  if (result.deniedRepositories.length > 0) return 'authentication-failed';
  if (result.missingRepositories.length > 0) return 'catalog-shrunk';
  if (Object.values(result.faults).some((count) => count > 0)) return 'image-broken';
  if (canaryFailed) return 'pull-failed';
  return result.repositories === 0 ? 'empty' : 'healthy';
}

/** 0: all well; 1: could not do the job; 2: did the job and found faults. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  switch (verdict) {
    case 'healthy':
    case 'empty':
      return 0;
    case 'image-broken':
    case 'pull-failed':
    case 'catalog-shrunk':
      return 2;
    case 'authentication-failed':
    case 'registry-down':
    case 'not-a-registry':
    case 'interrupted':
      return 1;
  }
}
