import { ruleWithRunbook, type RuleGroup } from './alert-rule';
import { oneOf, quote } from './matcher';

export interface IntegrityAlertsProps {
  /**
   * The registries that are probed now, as their probes name themselves. Series of any other instance are what a
   * removed probe left in the Pushgateway (2026-05-09), and alert nobody.
   */
  readonly instances: readonly string[];
  /** Address of the runbook; each alert links to its section. */
  readonly runbookUrl: string;
}

const metric = (name: string, matcher: string): string => `registry_manifest_integrity_${name}{${matcher}}`;

/**
 * What the integrity probes are watched for. The first three are the predecessor's, name and expression; a probe
 * that never pushed was invisible to them, and an authentication failure looked like an empty registry.
 */
export function integrityAlerts({ instances, runbookUrl }: IntegrityAlertsProps): RuleGroup {
  const instance = oneOf('instance', instances);
  const rule = ruleWithRunbook(runbookUrl);
  const verdict = (name: string): string => metric('verdict', `${instance},verdict=${quote(name)}`);
  return {
    name: 'registry-integrity',
    rules: [
      rule(
        'RegistryManifestIntegrityFailure',
        'critical',
        `${metric('failures', instance)} > 0`,
        '30m',
        'Images in {{ $labels.instance }} are broken',
        '{{ $value }} faults of images that {{ $labels.instance }} lists. The log of its last probe job names each one; rebuild or push those images again.',
      ),
      rule(
        'RegistryIntegrityProbeStale',
        'warning',
        `time() - ${metric('last_run_timestamp', instance)} > 3600`,
        '15m',
        'The integrity probe of {{ $labels.instance }} has not run for an hour',
        'Its last run ended {{ $value | humanizeDuration }} ago; it is due every 15 minutes.',
      ),
      rule(
        'RegistryCatalogInaccessible',
        'critical',
        `${metric('catalog_accessible', instance)} == 0`,
        '15m',
        '{{ $labels.instance }} does not list its images',
        'The registry is down, refuses the credentials of the probe, or something else answers at its address; the verdict of the probe says which.',
      ),
      ...instances.map((name) => {
        const absence = rule(
          'RegistryIntegrityProbeAbsent',
          'warning',
          `absent(${metric('last_run_timestamp', `instance=${quote(name)}`)})`,
          '1h',
          'The integrity probe of {{ $labels.instance }} has never reported',
          'No run of it has pushed a result for an hour: the CronJob does not start, or cannot reach the Pushgateway.',
        );
        // Prometheus takes two rules of one name and the same labels for a mistake.
        return { ...absence, labels: { ...absence.labels, instance: name } };
      }),
      rule(
        'RegistryProbeAuthenticationFailed',
        'critical',
        `${verdict('authentication-failed')} == 1`,
        '15m',
        '{{ $labels.instance }} refuses the credentials that the nodes pull with',
        'The probe pulls with the same token as the nodes: new pods will not start once their image is not cached.',
      ),
      rule(
        'RegistryRepositoryMissing',
        'critical',
        `${metric('repos_missing', instance)} > 0`,
        '30m',
        '{{ $labels.instance }} does not list {{ $value }} repositories that the cluster pulls from',
        'They were deleted, never pushed, or the token of the probe may not see them.',
      ),
      rule(
        'RegistryCatalogShrunk',
        'warning',
        `${metric('repos_checked', instance)} < max_over_time(${metric('repos_checked', instance)}[1d])`,
        '30m',
        '{{ $labels.instance }} lists fewer repositories than within the last day',
        'It lists {{ $value }} now. A token with less scope sees fewer without an error; retention never empties a repository.',
      ),
      rule(
        'RegistryCanaryPullFailed',
        'critical',
        `${metric('canary_success', instance)} == 0`,
        '30m',
        'A whole image cannot be pulled from {{ $labels.instance }}',
        'Manifest, configuration or a layer of the canary image did not arrive whole with the credentials that the nodes use.',
      ),
      rule(
        'RegistryIntegrityUnknown',
        'warning',
        `time() - ${metric('last_success_timestamp', instance)} > 6 * 3600`,
        '15m',
        'No probe has looked at all of {{ $labels.instance }} for six hours',
        'Runs start but do not reach the end: they are interrupted, or the registry is down.',
      ),
      rule(
        'RegistryBytesUnread',
        'info',
        `min_over_time(${metric('unread_bytes', instance)}[6h]) > 0`,
        '0m',
        'The byte budget of the probe of {{ $labels.instance }} is too small',
        'For six hours every run has left bytes unread whose turn it was, {{ $value | humanize1024 }}B at least; raise the budget or the days of a round.',
      ),
    ],
  };
}
