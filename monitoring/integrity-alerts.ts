import type { ProbeMetric, ProbePrefix } from '../programs/integrity-probe/gauges';
import { labelled, ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { oneOf, quote } from './matcher';

export interface IntegrityAlertsProps extends AlertsProps {
  /** The registries that are probed now. Series of others are what a removed probe left (2026-05-09), and alert nobody. */
  readonly instances: readonly string[];
  /** Registries that stop while their garbage is collected: under which name the collection reports. @default none */
  readonly collections?: readonly { readonly instance: string; readonly registry: string }[];
  /** Time between two runs of a probe: a value stands that long, and is confirmed by the run after. */
  readonly intervalMinutes: number;
  readonly namespace: string;
  /** What deletes tags on purpose, and what share of a package's tags a run of it may take. */
  readonly retention: { readonly namespace: string; readonly cronJob: string; readonly maxShare: number };
}

const prefix: ProbePrefix = 'registry_manifest_integrity_';

/** The series of one gauge of the integrity probes. */
export function probeSeries(name: ProbeMetric, matcher: string): string {
  return `${prefix}${name}{${matcher}}`;
}

/**
 * What the integrity probes are watched for. The first three are the predecessor's, name and expression; a probe
 * that never pushed was invisible to them, and an authentication failure looked like an empty registry.
 * No rule waits for exactly one period: a value stands until the next push, which is never to the second, and after a night
 * in which all was off, the first run is to end before anybody is told.
 */
export function integrityAlerts(props: IntegrityAlertsProps): RuleGroup {
  const { instances, intervalMinutes: minutes, namespace, retention } = props;
  const twoRuns = promDuration(Math.ceil((minutes * 4) / 3));
  const threeRuns = promDuration(2 * minutes);
  // Three runs may fail to start before anybody is told.
  const silenceMinutes = 4 * minutes;
  const unknownMinutes = Math.max(6 * 60, silenceMinutes);
  // What a rule compares with must be in sight for longer than the rule waits.
  const sightMinutes = Math.max(24 * 60, silenceMinutes);
  const sight = promDuration(sightMinutes);
  const instance = oneOf('instance', instances);
  const verdict = (name: string): string => probeSeries('verdict', `${instance},verdict=${quote(name)}`);
  const unlessCollected = (props.collections ?? []).map(stopped).join('');
  const log = `kubectl -n ${namespace} logs --tail=-1 -l app.kubernetes.io/name={{ $labels.job }}`;
  const look = `kubectl -n ${namespace} create job --from=cronjob/{{ $labels.job }} look-$(date +%s)`;
  return ruleGroup('registry-integrity', props, (rule) => [
    rule(
      'RegistryManifestIntegrityFailure',
      'critical',
      `${probeSeries('failures', instance)} > 0`,
      threeRuns,
      'Images in {{ $labels.instance }} are broken',
      `{{ $value }} faults of images that {{ $labels.instance }} lists: ${each('broken', '{{ .Labels.repository }} {{ .Labels.kind }}')}. It stays until they were seen whole again. Each by name: ${log}`,
    ),
    rule(
      'RegistryIntegrityProbeStale',
      'warning',
      `time() - ${probeSeries('last_run_timestamp', instance)} > ${silenceMinutes * 60}`,
      threeRuns,
      `The integrity probe of {{ $labels.instance }} has not run for ${inWords(silenceMinutes)}`,
      `Its last run ended {{ $value | humanizeDuration }} ago; it is due every ${inWords(minutes)}. Until it runs, damage is not seen. Look: kubectl -n ${namespace} get cronjob,job,pod -l app.kubernetes.io/name={{ $labels.job }}`,
    ),
    rule(
      'RegistryCatalogInaccessible',
      'critical',
      `${probeSeries('catalog_accessible', instance)} == 0${unlessCollected}`,
      twoRuns,
      '{{ $labels.instance }} does not list its images',
      `Two runs in a row found the registry down, refusing the credentials of the probe, or something else at its address; the verdict says which, the log with which request: ${log}`,
    ),
    ...instances.flatMap((name) => {
      const absence = rule(
        'RegistryIntegrityProbeAbsent',
        'warning',
        `absent(${probeSeries('last_run_timestamp', `instance=${quote(name)}`)})`,
        promDuration(silenceMinutes),
        'The integrity probe of {{ $labels.instance }} has never reported',
        `For ${inWords(silenceMinutes)} the Pushgateway has held no result of it: the CronJob does not start, or cannot reach the Pushgateway. Look: kubectl -n ${namespace} get cronjob,job,pod`,
      );
      return labelled([absence], { instance: name });
    }),
    rule(
      'RegistryProbeAuthenticationFailed',
      'critical',
      `${verdict('authentication-failed')} == 1`,
      twoRuns,
      '{{ $labels.instance }} refuses the credentials that the nodes pull with',
      `The probe pulls with the same token as the nodes: new pods will not start once their image is not cached. The log has the request that was refused: ${log}`,
    ),
    rule(
      'RegistryRepositoryMissing',
      'critical',
      `${probeSeries('repos_missing', instance)} > 0`,
      threeRuns,
      '{{ $labels.instance }} does not list {{ $value }} repositories that the cluster pulls from',
      `They were deleted, never pushed, or the token of the probe may not see them. Their names: ${log}`,
    ),
    rule(
      'RegistryRepositoryEmptied',
      'critical',
      probeSeries('repository_emptied', instance),
      twoRuns,
      '{{ $labels.repository }} in {{ $labels.instance }} has lost all its tags',
      `It had tags until {{ $value | humanizeTimestamp }}; retention never empties a repository. Push its images again, or confirm in the Pushgateway that it was removed on purpose: the runbook has the command.`,
    ),
    rule(
      'RegistryCatalogShrunk',
      'warning',
      `${probeSeries('repos_checked', instance)} < max_over_time(${probeSeries('repos_checked', instance)}[${sight}])`,
      threeRuns,
      `{{ $labels.instance }} lists fewer repositories than at its most within ${inWords(sightMinutes)}`,
      `It lists {{ $value }} now. A token with less scope sees fewer without an error; retention never empties a repository. Compare with the registry's web page: ${log}`,
    ),
    rule(
      'RegistryTagsDropped',
      'warning',
      `${probeSeries('tags_checked', instance)} < 0.5 * max_over_time(${probeSeries('tags_checked', instance)}[${sight}])`,
      twoRuns,
      `{{ $labels.instance }} lists less than half of the tags that it had within ${inWords(sightMinutes)}`,
      `It lists {{ $value }} now. Retention takes ${Math.round(100 * retention.maxShare)} % of a package's tags a run at most. See what deleted them before the next clean-up frees the bytes; suspend it until then: kubectl -n ${retention.namespace} patch cronjob ${retention.cronJob} -p '{"spec":{"suspend":true}}'`,
    ),
    rule(
      'RegistryCanaryPullFailed',
      'critical',
      `${probeSeries('canary_success', instance)} == 0${unlessCollected}`,
      threeRuns,
      'A whole image cannot be pulled from {{ $labels.instance }}',
      `Manifest, configuration or a layer of the canary image did not arrive whole with the credentials that the nodes use. The request that failed: ${log}`,
    ),
    rule(
      'RegistryIntegrityUnknown',
      'warning',
      // Where none ever did, since the first run.
      `time() - (${probeSeries('last_success_timestamp', instance)} or ${probeSeries('memory_since_timestamp', instance)}) > ${unknownMinutes * 60}`,
      threeRuns,
      `No probe has looked at all of {{ $labels.instance }} for ${inWords(unknownMinutes)}`,
      `Runs start but have not reached the end for {{ $value | humanizeDuration }}. They are interrupted, or the registry is down; the last line says by what: ${log}`,
    ),
    rule(
      'RegistryBytesOverdue',
      'warning',
      `${probeSeries('backlog_seconds', instance)} > 86400`,
      '1d',
      'The bytes in {{ $labels.instance }} are read later than promised',
      `Since a day, reading them has been more than a day late, now {{ $value | humanizeDuration }}: damage that only reading finds is found that much later. Raise maxBytesPerRun or rereadDays of estate.integrityProbe; what a run reads and leaves: ${log}`,
    ),
    rule(
      'RegistryProbeMemoryLost',
      'info',
      `changes(${probeSeries('memory_since_timestamp', instance)}[${sight}]) > 0 or ${verdict('forgetful')} == 1`,
      twoRuns,
      'The probe of {{ $labels.instance }} does not know any more what it had found',
      `The Pushgateway lost the memory of its runs, or cannot give it. It reads everything again, as fast as its budget allows: what was damaged is found again by then. Give the Pushgateway a file to keep (--persistence.file); to begin at once: ${look}`,
    ),
  ]);
}

/** Where the registry of an instance is stopped for the collection of its garbage, for an hour at most. */
function stopped({ instance, registry }: { readonly instance: string; readonly registry: string }): string {
  const gc = (name: string): string => `registry_gc_${name}_timestamp_seconds{registry=${quote(registry)}}`;
  const running = `(${gc('start')} > ${gc('end')} or ${gc('start')} unless ${gc('end')}) > time() - 3600`;
  return ` unless on (instance) label_replace(${running}, "instance", ${quote(instance)}, "", "")`;
}

/** The series of this name of the alert's own instance, each in these words and since when. */
function each(name: string, words: string): string {
  const series = `printf "registry_manifest_integrity_${name}{instance=%q}" $labels.instance`;
  return `{{ range query (${series}) }}${words} since {{ .Value | humanizeTimestamp }}; {{ end }}`;
}
