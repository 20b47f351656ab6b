import { ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { quote } from './matcher';

export interface ForgejoAlertsProps extends AlertsProps {
  readonly namespace: string;
}

/** By these names Prometheus is asked whether they are loaded. */
export const forgejoAlertNames = ['ForgejoNearMemoryLimit'] as const;
/** Share of its memory limit above which a pod is near its end. */
export const nearMemoryLimit = 0.9;

/** PromQL for the share of its memory limit that Forgejo's container holds, from cAdvisor. */
export function memoryShare(namespace: string): string {
  const container = `{namespace=${quote(namespace)},container="forgejo"}`;
  return `container_memory_working_set_bytes${container} / container_spec_memory_limit_bytes${container}`;
}

/**
 * The pod of the registry itself. The bake asks that it never came near its limit: the alert that was
 * meant for it, ContainerNearOOM, had left the tree before, so that nothing could have fired (2026-05).
 */
export function forgejoAlerts({ namespace, ...props }: ForgejoAlertsProps): RuleGroup {
  return ruleGroup('forgejo-registry', props, (rule) => [
    rule(
      forgejoAlertNames[0],
      'warning',
      `${memoryShare(namespace)} > ${nearMemoryLimit}`,
      '10m',
      'Forgejo is near its memory limit',
      'It holds {{ $value | humanizePercentage }} of it. A pod that is killed ends every push and pull; raise the limit in estate/forgejo.ts.',
    ),
  ]);
}
