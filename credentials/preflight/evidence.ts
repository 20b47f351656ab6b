import type { Estate } from '../../estate/estate';
import { claimStates } from '../../estate/derived/claim-states';
import { readItems } from '../../rollout/read-cluster';
import type { Run } from '../../rollout/run-command';
import { findingOf, type Finding } from './finding';

/** Whether what the phase rests on was measured lately, and about the estate as it is. */
export function judgeEvidence(estate: Estate, nowMs: number, retentionEnforces = true): readonly Finding[] {
  return claimStates(estate, nowMs, { retentionEnforces }).map(({ name, standing, state, command }) => {
    const finding = findingOf('evidence', name);
    if (standing === 'open') return finding('fault', `${state}; ${command}`);
    return finding(standing === 'measured' ? 'well' : 'overridden', state);
  });
}

/** Whether the job that runs deletes: what it was told stands in a ConfigMap. @throws Refused when it cannot be asked */
export async function retentionEnforces({ retention, forgejo }: Estate, run: Run): Promise<boolean> {
  if (retention.mode === 'observe') return false;
  const maps = await readItems<{ readonly data?: Readonly<Record<string, string>> | null }>(run, [
    ...['get', 'configmaps', '--namespace', forgejo.namespace],
  ]);
  return maps.some(({ data }) => {
    try {
      return (JSON.parse(data?.['config.json'] ?? '{}') as { mode?: unknown } | null)?.mode === 'enforce';
    } catch {
      return false;
    }
  });
}
