import type { PrometheusApi } from '../clients/prometheus';
import { beginsBake, requiredClaims } from '../estate/derived/claims';
import { collectedRegistries } from '../estate/derived/collected-registries';
import { presentLegacy } from '../estate/derived/legacy-registry';
import { hasRegistryVm, type Estate } from '../estate/estate';
import { factsHash } from '../estate/evidence';
import { forgejoAlertNames, memoryShare, nearMemoryLimit } from '../monitoring/forgejo-alerts';
import { oneOf } from '../monitoring/matcher';
import { pushAlertNames } from '../monitoring/push-alerts';
import {
  daySeconds,
  iso,
  lastDays,
  lookAtDays,
  ran,
  staysZero,
  windowOf,
  type DailyCriterion,
  type Days,
} from './daily';
import type { Look, Measured } from './measured';

/** Phase 2 of the plan: fourteen days, retention enforcing from the seventh on, a collection of garbage within. */
const bakeDays = 14;
const enforcingFromDay = 7;
/** A restart for a new version is no outage. */
const availableShare = 0.99;
/** Prometheus itself may restart. */
const seenHours = 23;

export interface BakeProps {
  readonly estate: Estate;
  readonly prometheus: PrometheusApi;
  readonly nowMs: number;
}

/**
 * The exit criteria of the bake, over the last fourteen days, in all of which every project pushed to both registries: what
 * went wrong before them has been mended since, and Prometheus keeps fifteen days by itself. What it has no data for is no
 * proof, and neither is an alert whose rule is not loaded.
 */
export async function measureBake({ estate, prometheus, nowMs }: BakeProps): Promise<Measured> {
  const started = bakeStart(estate);
  const source = 'Prometheus';
  if (started.secondsUtc === undefined) return { source, looks: [started.look] };
  const whole = Math.floor((nowMs / 1000 - started.secondsUtc) / daySeconds);
  const long: Look = {
    what: 'fourteen days',
    holds: whole >= bakeDays,
    saw: `${whole} whole days since ${iso(started.secondsUtc)}`,
  };
  if (!long.holds) return { source, looks: [started.look, long] };
  // A whole Sunday, on which the registry VM and Forgejo tidy up, lies in any of them.
  const days = lastDays(bakeDays, nowMs);
  const looks = [started.look, long, await rulesLoaded(prometheus, watchedOf(estate))];
  for (const criterion of criteria(estate, days)) looks.push(await lookAtDays(prometheus, criterion, days));
  return { source, looks, window: windowOf(days) };
}

/**
 * The clock starts when the last of the projects was seen on both sides; one that is measured again starts it again. Where
 * nobody pushes, it starts with what nodes and tokens were last seen to do.
 */
function bakeStart(estate: Estate): { readonly look: Look; readonly secondsUtc?: number } {
  const dates = requiredClaims({ ...estate, phase: 'bake' })
    .filter(({ name }) => beginsBake(estate, name))
    .map(({ name, facts }) => ({
      name,
      date: estate.evidence.find((each) => each.claim === name && each.facts === factsHash(facts))
        ?.measuredAt,
    }));
  const missing = dates.filter(({ date }) => date === undefined).map(({ name }) => name);
  const what = estate.projects.length === 0 ? 'the smoke test' : 'every project pushes to both';
  if (missing.length > 0)
    return { look: { what, holds: false, saw: `no evidence of ${missing.join(', ')}` } };
  const newest = dates.reduce((last, { date = '' }) => (date > last ? date : last), '');
  const secondsUtc = Date.parse(newest) / 1000;
  return { look: { what, holds: true, saw: `the last of ${dates.length} was seen ${newest}` }, secondsUtc };
}

async function rulesLoaded(prometheus: PrometheusApi, watched: readonly string[]): Promise<Look> {
  const loaded = await prometheus.alertNames();
  const missing = watched.filter((name) => !loaded.has(name));
  return {
    what: 'the rules are loaded',
    holds: missing.length === 0,
    saw: missing.length === 0 ? watched.join(', ') : `not loaded: ${missing.join(', ')}`,
  };
}

/** Of faults, and of a probe that does not get to see them. */
const integrityAlerts = ['RegistryManifestIntegrityFailure', 'RegistryIntegrityUnknown'];

/** A build that fell back to one registry begins the fortnight again. */
const watchedOf = (estate: Estate): readonly string[] => [
  ...[...integrityAlerts, ...forgejoAlertNames],
  ...(presentLegacy(estate) === undefined || estate.projects.length === 0 ? [] : pushAlertNames),
];

/** Each gives one series, so that two of a name cannot hide each other. */
function criteria(estate: Estate, days: Days): readonly DailyCriterion[] {
  const { forgejo } = estate;
  const instance = `instance=${JSON.stringify(forgejo.host)}`;
  const pod = `namespace=${JSON.stringify(forgejo.namespace)}`;
  const container = `${pod},container="forgejo"`;
  // Of one object two kube-state-metrics tell, one after the other.
  const available = `kube_deployment_status_replicas_available{${pod},deployment="forgejo"}`;
  const restarts = `max by (pod) (kube_pod_container_status_restarts_total{${container}})`;
  const retention = `${instance},owner=${JSON.stringify(forgejo.packages.owner)}`;
  const isZero = (value: number): boolean => value === 0;
  const isOne = (value: number): boolean => value === 1;
  const collected = hasRegistryVm(estate) ? collectedRegistries(estate).map(({ name }) => name) : [];
  return [
    // Of a day of which little is left, the rest may have been bad.
    ...[
      `registry_manifest_integrity_failures{${instance}}`,
      `container_memory_working_set_bytes{${container}}`,
      available,
    ].map((series): DailyCriterion => ({
      what: 'Prometheus saw every hour',
      query: `count_over_time((count(count_over_time(${series}[1h])))[1d:1h])`,
      isMet: (hours) => hours >= seenHours,
    })),
    ...watchedOf(estate)
      .map((name) => `alertname="${name}"${integrityAlerts.includes(name) ? `,${instance}` : ''}`)
      .map((alert): DailyCriterion => ({
        what: 'no alert fired',
        query: `count(count_over_time(ALERTS{${alert},alertstate="firing"}[1d]))`,
        isMet: isZero,
        absenceIsMet: true,
      })),
    staysZero('no fault was found', `registry_manifest_integrity_failures{${instance}}`),
    ran(
      'the probe ran',
      `registry_manifest_integrity_last_success_timestamp{${instance}}`,
      estate.integrityProbe.schedule,
    ),
    {
      what: 'the canary was pulled',
      query: `max(max_over_time(registry_manifest_integrity_canary_success{${instance}}[1d]))`,
      isMet: isOne,
    },
    {
      what: 'Forgejo was never near its memory limit',
      query: `max(max_over_time((${memoryShare(forgejo.namespace)})[1d:1m]))`,
      isMet: (value) => value < nearMemoryLimit,
    },
    {
      what: 'Forgejo was not killed for want of memory',
      query: `count(max_over_time(kube_pod_container_status_last_terminated_reason{${container},reason="OOMKilled"}[1d]) == 1 and on (pod) changes((${restarts})[1d:1m]) > 0)`,
      isMet: isZero,
      absenceIsMet: true,
    },
    {
      what: 'Forgejo answered /api/healthz',
      query: `avg_over_time((max(${available}))[1d:1m])`,
      isMet: (value) => value >= availableShare,
    },
    ran(
      'retention ran well',
      `forgejo_retention_last_success_timestamp_seconds{${retention}}`,
      estate.retention.schedule,
    ),
    staysZero('retention left nothing broken', `forgejo_retention_broken_images{${retention}}`),
    {
      what: 'retention enforced from day 7 on',
      query: `min(min_over_time(forgejo_retention_enforcing{${retention}}[1d]))`,
      isMet: isOne,
      fromDay: enforcingFromDay,
    },
    // A copy brings a build to both sides too; only a pipeline that read its own push back says so.
    ...estate.projects.map(({ name }): DailyCriterion => {
      const repository = JSON.stringify(`${forgejo.packages.owner}/${name}`);
      return {
        what: `the pipeline of ${name} read its push back`,
        query: `max(max_over_time(image_push_verified_timestamp_seconds{registry=${JSON.stringify(forgejo.host)},repository=${repository}}[${bakeDays}d]))`,
        isMet: (seconds) => seconds > 0,
        fromDay: days.count - 1,
      };
    }),
    ...(collected.length === 0
      ? []
      : [
          {
            what: 'garbage was collected on the registry VM',
            query: `count(max by (registry) (max_over_time(registry_gc_last_success_timestamp_seconds{${oneOf('registry', collected)}}[${bakeDays}d])) >= ${days.from})`,
            isMet: (value: number) => value >= collected.length,
            fromDay: days.count - 1,
          },
        ]),
  ];
}
