import { ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { oneOf } from './matcher';

export interface PushAlertsProps extends AlertsProps {
  /** Every name under which the verification of a build tells the Pushgateway of the registry that is retired. */
  readonly legacy: readonly string[];
  readonly forgejo: string;
}

/** By these names Prometheus is asked whether they are loaded. */
export const pushAlertNames = ['ImagePushIncomplete'] as const;

/**
 * What the verification of a dual push is watched for. A project may build nothing for months, so the age of its last build
 * is no fault; that one registry has a newer build than the other is, and its app would be cut over to an old image. Of
 * a Forgejo that never had one, somebody is told on the day of a build: earlier ones did not go there.
 */
export function pushAlerts({ legacy, forgejo, ...props }: PushAlertsProps): RuleGroup {
  const [old, ours] = [legacy, [forgejo]].map((names) => {
    const verified = `image_push_verified_timestamp_seconds{${oneOf('registry', names)}}`;
    return `max by (image) (label_replace(${verified}, "image", "$1", "repository", "(?:.*/)?([^/]+)"))`;
  });
  return ruleGroup('image-push', props, (rule) => [
    rule(
      pushAlertNames[0],
      'warning',
      `abs(${old} - ${ours}) > 3600 or time() - (${old} unless ${ours}) < 86400`,
      '1h',
      'The last build of {{ $labels.image }} was read back from one registry and not from the other',
      'The other one has none, or one that is older; between the two, or since the only one, lie {{ $value | humanizeDuration }}. Its pipeline is red; until one is green, do not cut the app over.',
    ),
  ]);
}
