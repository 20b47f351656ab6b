import type { RetentionMetric } from '../programs/retention/metrics';
import { ruleGroup, type JobAlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { quote } from './matcher';

export interface RetentionAlertsProps extends JobAlertsProps {
  /** The first host of the forge's references, as the job names itself to the Pushgateway. */
  readonly instance: string;
  /** The user or organization whose packages are pruned. */
  readonly owner: string;
}

/** What the retention job is watched for: the predecessor's had no metric, and failed for a month without a word. */
export function retentionAlerts({ instance, owner, ...props }: RetentionAlertsProps): RuleGroup {
  const { periodMinutes, deadlineMinutes } = props;
  const matcher = `instance=${quote(instance)},owner=${quote(owner)}`;
  const metric = (name: RetentionMetric): string => `forgejo_retention_${name}{${matcher}}`;
  const twoPeriods = promDuration(2 * periodMinutes);
  return ruleGroup('forgejo-retention', props, (rule) => [
    rule(
      'ForgejoRetentionStale',
      'warning',
      `time() - ${metric('last_success_timestamp_seconds')} > ${2 * periodMinutes * 60}`,
      promDuration(deadlineMinutes),
      `Retention of {{ $labels.instance }} has not succeeded for ${inWords(2 * periodMinutes)}`,
      `Its last whole run ended {{ $value | humanizeDuration }} ago; it is due every ${inWords(periodMinutes)}.`,
    ),
    rule(
      'ForgejoRetentionAbsent',
      'warning',
      `absent(${metric('last_run_timestamp_seconds')})`,
      promDuration(periodMinutes + 2 * deadlineMinutes),
      'Retention of {{ $labels.instance }} has never reported',
      `No run of it has pushed a result for ${inWords(periodMinutes + 2 * deadlineMinutes)}: the CronJob does not start, or cannot reach the Pushgateway.`,
    ),
    rule(
      'ForgejoRetentionFailing',
      'warning',
      `${metric('success')} == 0`,
      '15m',
      'The last retention run of {{ $labels.instance }} did not do all of its job',
      'It lacked authority, was braked, or could not delete; the log of its last job says which. Nothing protected was deleted.',
    ),
    rule(
      'ForgejoRetentionBrokenImage',
      'critical',
      `${metric('broken_images')} > 0`,
      '5m',
      'Images that retention keeps in {{ $labels.instance }} do not answer whole',
      '{{ $value }} kept tags of the packages it touched lack a manifest; the log of its last job names them. Push them again.',
    ),
    rule(
      'ForgejoRetentionMissingTag',
      'critical',
      `${metric('missing_tags')} > 0`,
      '1h',
      'The cluster needs tags that {{ $labels.instance }} does not have',
      '{{ $value }} references of workloads name no tag; their next pull fails. The log of the last job names them.',
    ),
    rule(
      'ForgejoRetentionNearLimit',
      'info',
      // Observing runs delete nothing, so that what is expendable only grows.
      `${metric('builds_planned')} + ${metric('builds_deferred')} > 0.8 * ${metric('max_deletions')} and ${metric('enforcing')} == 1`,
      '15m',
      'Retention of {{ $labels.instance }} is near its limit for one run',
      '{{ $value }} builds are expendable at once. After a busy week it catches up by itself; day after day, look at what pushes so much.',
    ),
    rule(
      'ForgejoRetentionIdle',
      'warning',
      // Over a range: what the Pushgateway loses between two runs makes each of them the first one, and would end a wait.
      `min_over_time(${metric('enforcing')}[${twoPeriods}]) == 1 and max_over_time(${metric('tags_deleted')}[${twoPeriods}]) == 0 and min_over_time(${metric('builds_planned')}[${twoPeriods}]) > 0`,
      promDuration(periodMinutes + deadlineMinutes),
      'Retention of {{ $labels.instance }} plans to delete, and deletes nothing',
      'Its runs may end well all the same: each takes itself for the first when the Pushgateway forgets, and leaves alone what is pushed to meanwhile. The log of its last job says why.',
    ),
    rule(
      'ForgejoRetentionShrunken',
      'critical',
      `${metric('packages')} < ${metric('packages_expected')} or ${metric('cluster_objects')} < ${metric('cluster_objects_expected')}`,
      '15m',
      'Retention of {{ $labels.instance }} sees fewer packages, or less of the cluster, than before',
      'It sees {{ $value }}, and deletes nothing until it sees all again; the log of its last job says of which. Check what its token and its ServiceAccount may list; if they were removed on purpose, delete its Pushgateway group.',
    ),
  ]);
}
