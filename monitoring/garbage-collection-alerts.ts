import { labelled, ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { oneOf, quote } from './matcher';

const dayMinutes = 24 * 60;

export interface GarbageCollectionAlertsProps extends AlertsProps {
  /** The registries whose garbage is collected now, as their runs name themselves, and the time between two at most. */
  readonly registries: readonly { readonly name: string; readonly periodMinutes: number }[];
}

/** What the collections on the registry VM are watched for: cron tells nobody when a run fails or never starts. */
export function garbageCollectionAlerts({ registries, ...props }: GarbageCollectionAlertsProps): RuleGroup {
  const names = registries.map(({ name }) => name);
  const registry = oneOf('registry', names);
  const metric = (name: string, matcher = registry): string => `registry_gc_${name}{${matcher}}`;
  return ruleGroup('registry-garbage-collection', props, (rule) => [
    rule(
      'RegistryGarbageCollectionFailed',
      'warning',
      `${metric('exit_status')} != 0`,
      '15m',
      'The last collection of garbage of registry-{{ $labels.registry }} failed',
      'It ended with status {{ $value }}; 124 is an hour without an end. The log is in journalctl -t registry-gc on the registry VM.',
    ),
    rule(
      'RegistryGarbageCollectionUnfinished',
      'warning',
      `time() - ${metric('start_timestamp_seconds')} > 2 * 3600 and (${metric('start_timestamp_seconds')} > ${metric('end_timestamp_seconds')} or ${metric('start_timestamp_seconds')} unless ${metric('end_timestamp_seconds')})`,
      '15m',
      'A collection of garbage of registry-{{ $labels.registry }} began and never ended',
      'The registry VM was switched off meanwhile, or could not reach the Pushgateway at the end. Look whether registry-{{ $labels.registry }} runs.',
    ),
    ...registries.flatMap(({ name, periodMinutes }) => {
      const late = periodMinutes + dayMinutes;
      const only = `registry=${quote(name)}`;
      const stale = rule(
        'RegistryGarbageCollectionStale',
        'warning',
        `time() - ${metric('last_success_timestamp_seconds', only)} > ${late * 60}`,
        '1h',
        `No collection of garbage of registry-{{ $labels.registry }} has succeeded for ${inWords(late)}`,
        `The last one that did ended {{ $value | humanizeDuration }} ago; it is due every ${inWords(periodMinutes)}.`,
      );
      const absence = rule(
        'RegistryGarbageCollectionAbsent',
        'warning',
        `absent(${metric('start_timestamp_seconds', only)})`,
        promDuration(late),
        'No collection of garbage of registry-{{ $labels.registry }} has ever reported',
        `For ${inWords(late)} none has told the Pushgateway that it began: cron does not start it, or the VM cannot reach the Pushgateway.`,
      );
      return labelled([stale, absence], { registry: name });
    }),
  ]);
}
