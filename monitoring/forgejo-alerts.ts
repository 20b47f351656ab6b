import { ruleWithRunbook, type RuleGroup } from './alert-rule';
import { quote } from './matcher';

export interface ForgejoAlertsProps {
  readonly namespace: string;
  /** Address of the runbook; the alert links to its section. */
  readonly runbookUrl: string;
}

/** By these names Prometheus is asked whether they are loaded. */
export const forgejoAlertNames = ['ForgejoNearMemoryLimit'] as const;
/** Share of its memory limit above which a pod is near its end. */
export const nearMemoryLimit = 0.9;

/**
 * The pod of the registry itself, from cAdvisor. The bake asks that it never came near its limit: the alert that was
 * meant for it, ContainerNearOOM, had left the tree before, so that nothing could have fired (2026-05).
 */
export function forgejoAlerts({ namespace, runbookUrl }: ForgejoAlertsProps): RuleGroup {
  const container = `{namespace=${quote(namespace)},container="forgejo"}`;
  return {
    name: 'forgejo-registry',
    rules: [
      ruleWithRunbook(runbookUrl)(
        forgejoAlertNames[0],
        'warning',
        `container_memory_working_set_bytes${container} / container_spec_memory_limit_bytes${container} > ${nearMemoryLimit}`,
        '10m',
        'Forgejo is near its memory limit',
        'It holds {{ $value | humanizePercentage }} of it. A pod that is killed ends every push and pull; raise the limit in estate/forgejo.ts.',
      ),
    ],
  };
}
