import type { SyncMetric } from '../programs/woodpecker-sync/metrics';
import { ruleGroup, type JobAlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { quote } from './matcher';

export interface SecretSyncAlertsProps extends JobAlertsProps {
  /** Host of the CI, as the job names itself to the Pushgateway. */
  readonly instance: string;
}

/** What the sync of CI secrets is watched for: the predecessor's ended in the middle and had no metric. */
export function secretSyncAlerts({ instance, ...props }: SecretSyncAlertsProps): RuleGroup {
  const { periodMinutes, deadlineMinutes } = props;
  const metric = (name: SyncMetric): string => `woodpecker_secret_sync_${name}{instance=${quote(instance)}}`;
  return ruleGroup('woodpecker-secret-sync', props, (rule) => [
    rule(
      'WoodpeckerSecretSyncStale',
      'warning',
      `time() - ${metric('last_success_timestamp_seconds')} > ${2 * periodMinutes * 60}`,
      promDuration(deadlineMinutes),
      `Secrets of {{ $labels.instance }} have not followed Vault for ${inWords(2 * periodMinutes)}`,
      `The last whole run of the sync ended {{ $value | humanizeDuration }} ago; it is due every ${inWords(periodMinutes)}. Pipelines go on with the secrets of then.`,
    ),
    rule(
      'WoodpeckerSecretSyncAbsent',
      'warning',
      `absent(${metric('last_run_timestamp_seconds')})`,
      promDuration(periodMinutes + 2 * deadlineMinutes),
      'The sync of secrets to {{ $labels.instance }} has never reported',
      `No run of it has pushed a result for ${inWords(periodMinutes + 2 * deadlineMinutes)}: the CronJob does not start, or cannot reach the Pushgateway.`,
    ),
    rule(
      'WoodpeckerSecretSyncFailing',
      'warning',
      `${metric('success')} == 0`,
      '15m',
      'The last sync of secrets to {{ $labels.instance }} did not do all of its job',
      'It could not log in, or left keys or whole repositories as they were; the log of its last job names them.',
    ),
    rule(
      'WoodpeckerSecretShadowed',
      'info',
      `${metric('shadows')} > 0`,
      '15m',
      'A secret at {{ $labels.instance }} hides a global one',
      'Under {{ $labels.scope }} are {{ $value }} secrets with names of global ones: its pipelines do not get the values of Vault.',
    ),
  ]);
}
