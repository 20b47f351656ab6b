import { ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { oneOf } from './matcher';

export interface PushAlertsProps extends AlertsProps {
  /** Both registries that builds push to, under every name by which their verification tells the Pushgateway of them. */
  readonly registries: readonly string[];
}

/** By these names Prometheus is asked whether they are loaded. */
export const pushAlertNames = ['ImagePushIncomplete'] as const;

/**
 * What the verification of a dual push is watched for. A project may build nothing for months, so the age of its last build
 * is no fault; that one registry has a newer build than the other is, and its app would be cut over to an old image.
 */
export function pushAlerts({ registries, ...props }: PushAlertsProps): RuleGroup {
  const verified = `image_push_verified_timestamp_seconds{${oneOf('registry', registries)}}`;
  const ofImage = `label_replace(${verified}, "image", "$1", "repository", "(?:.*/)?([^/]+)")`;
  return ruleGroup('image-push', props, (rule) => [
    rule(
      pushAlertNames[0],
      'warning',
      `max by (image) (${ofImage}) - min by (image) (${ofImage}) > 3600`,
      '1h',
      'The last build of {{ $labels.image }} was read back from one registry and not from the other',
      'The other one has a build that is {{ $value | humanizeDuration }} older. Its pipeline is red; until one is green, do not cut the app over.',
    ),
  ]);
}
