import { ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { quote, startingWith } from './matcher';

export interface PullAlertsProps extends AlertsProps {
  /** Every host that a reference to one of our registries may begin with. */
  readonly hosts: readonly string[];
}

/**
 * Pods that cannot pull one of our images: one sat in ImagePullBackOff for ten hours while only the node's error rate was
 * watched (2026-05-12). The kubelet alternates between two reasons, which the sum therefore leaves out; and of one container
 * two kube-state-metrics may tell, while one takes over from the other.
 */
export function pullAlerts({ hosts, ...props }: PullAlertsProps): RuleGroup {
  const ours = hosts.map((host) => `${host}/`);
  const waiting = (kind: string): string => {
    const reason = `kube_pod_${kind}_status_waiting_reason{reason=~${quote('ErrImagePull|ImagePullBackOff')}} > 0`;
    return `kube_pod_${kind}_info{${startingWith('image_spec', ours)}} and on (namespace, pod, container) ${reason}`;
  };
  return ruleGroup('registry-pulls', props, (rule) => [
    rule(
      'RegistryPullFailing',
      'warning',
      `group by (namespace, pod, image_spec) (${waiting('container')} or ${waiting('init_container')})`,
      '15m',
      '{{ $labels.namespace }}/{{ $labels.pod }} cannot pull its image',
      'It has waited for {{ $labels.image_spec }} for a quarter of an hour.',
    ),
  ]);
}
