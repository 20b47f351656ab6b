import type { PrometheusApi } from '../clients/prometheus';
import type { Estate } from '../estate/estate';
import { forgejoAlertNames, nearMemoryLimit } from '../monitoring/forgejo-alerts';
import { daySeconds, lookAtDays, type DailyCriterion, type Days } from './daily';
import type { Look, Measured } from './measured';

/** Phase 2 of the plan: fourteen days, retention enforcing from the seventh on. */
const bakeDays = 14;
const enforcingFromDay = 7;
/** A restart for a new version is no outage. */
const availableShare = 0.99;

export interface BakeProps {
  readonly estate: Estate;
  readonly prometheus: PrometheusApi;
  readonly nowMs: number;
}

/**
 * The exit criteria of the bake, over the days since the last project began to push to both registries. Prometheus has
 * to have kept them: what it has no data for is no proof, and neither is an alert whose rule is not loaded.
 */
export async function measureBake({ estate, prometheus, nowMs }: BakeProps): Promise<Measured> {
  const started = bakeStart(estate);
  const source = 'Prometheus';
  if (started.secondsUtc === undefined) return { source, looks: [started.look] };
  const days: Days = {
    from: started.secondsUtc,
    count: Math.floor((nowMs / 1000 - started.secondsUtc) / daySeconds),
  };
  const long: Look = {
    what: 'fourteen days',
    holds: days.count >= bakeDays,
    saw: `${days.count} whole days since ${iso(days.from)}`,
  };
  if (!long.holds) return { source, looks: [started.look, long] };
  const looks = [started.look, long, await rulesLoaded(prometheus), sundayIn(days)];
  for (const criterion of criteria(estate, days)) looks.push(await lookAtDays(prometheus, criterion, days));
  return { source, looks, window: `${iso(days.from)}/${iso(days.from + days.count * daySeconds)}` };
}

/** The clock starts when the last of the projects was seen on both sides; one that is measured again starts it again. */
function bakeStart({ projects, evidence }: Estate): { readonly look: Look; readonly secondsUtc?: number } {
  const dates = projects.map(({ name }) => ({
    name,
    date: evidence.find(({ claim }) => claim === `dual-push/${name}`)?.measuredAt,
  }));
  const missing = dates.filter(({ date }) => date === undefined).map(({ name }) => name);
  const what = 'every project pushes to both';
  if (missing.length > 0 || dates.length === 0)
    return { look: { what, holds: false, saw: `no evidence of ${missing.join(', ')}` } };
  const newest =
    dates
      .map(({ date = '' }) => date)
      .sort()
      .at(-1) ?? '';
  const secondsUtc = Date.parse(newest) / 1000;
  return { look: { what, holds: true, saw: `the last of ${dates.length} was seen ${newest}` }, secondsUtc };
}

async function rulesLoaded(prometheus: PrometheusApi): Promise<Look> {
  const loaded = await prometheus.alertNames();
  const missing = watched.filter((name) => !loaded.has(name));
  return {
    what: 'the rules are loaded',
    holds: missing.length === 0,
    saw: missing.length === 0 ? watched.join(', ') : `not loaded: ${missing.join(', ')}`,
  };
}

const watched = ['RegistryManifestIntegrityFailure', ...forgejoAlertNames] as const;

/** One whole Sunday, on which the registry VM and Forgejo tidy up. */
function sundayIn({ from, count }: Days): Look {
  const first = Math.ceil(from / daySeconds) * daySeconds;
  const last = from + count * daySeconds;
  let sunday = first;
  while (new Date(sunday * 1000).getUTCDay() !== 0) sunday += daySeconds;
  const holds = sunday + daySeconds <= last;
  return { what: 'a whole Sunday', holds, saw: holds ? iso(sunday).slice(0, 10) : 'none' };
}

/** Each gives one series, so that two of a name cannot hide each other. */
function criteria({ forgejo, legacyRegistry }: Estate, days: Days): readonly DailyCriterion[] {
  const instance = `instance=${JSON.stringify(forgejo.host)}`;
  const pod = `namespace=${JSON.stringify(forgejo.namespace)}`;
  const container = `{${pod},container="forgejo"}`;
  const isZero = (value: number): boolean => value === 0;
  const isOne = (value: number): boolean => value === 1;
  const some = (value: number): boolean => value >= 1;
  const onVm = legacyRegistry.runsOn.machine === 'registry-vm';
  return [
    ...[
      `alertname="${watched[0]}",${instance}`,
      ...watched.slice(1).map((name) => `alertname="${name}"`),
    ].map((alert): DailyCriterion => ({
      what: 'no alert fired',
      query: `count(count_over_time(ALERTS{${alert},alertstate="firing"}[1d]))`,
      isMet: isZero,
      absenceIsMet: true,
    })),
    {
      what: 'no fault was found',
      query: `max(max_over_time(registry_manifest_integrity_failures{${instance}}[1d]))`,
      isMet: isZero,
    },
    {
      what: 'the probe ran',
      query: `max(changes(registry_manifest_integrity_last_success_timestamp{${instance}}[1d]))`,
      isMet: some,
    },
    {
      what: 'the canary was pulled',
      query: `max(max_over_time(registry_manifest_integrity_canary_success{${instance}}[1d]))`,
      isMet: isOne,
    },
    {
      what: 'Forgejo was never near its memory limit',
      query: `max(max_over_time((container_memory_working_set_bytes${container} / container_spec_memory_limit_bytes${container})[1d:5m]))`,
      isMet: (value) => value < nearMemoryLimit,
    },
    {
      what: 'Forgejo answered /api/healthz',
      query: `min(avg_over_time(kube_deployment_status_replicas_available{${pod},deployment="forgejo"}[1d]))`,
      isMet: (value) => value >= availableShare,
    },
    {
      what: 'retention ran well',
      query: 'max(changes(forgejo_retention_last_success_timestamp_seconds[1d]))',
      isMet: some,
    },
    {
      what: 'retention left nothing broken',
      query: 'max(max_over_time(forgejo_retention_broken_images[1d]))',
      isMet: isZero,
    },
    {
      what: 'retention enforced from day 7 on',
      query: 'min(min_over_time(forgejo_retention_enforcing[1d]))',
      isMet: isOne,
      fromDay: enforcingFromDay,
    },
    ...(onVm
      ? [
          {
            what: 'garbage was collected on the registry VM',
            query: 'min(max_over_time(registry_gc_last_success_timestamp_seconds[1d]))',
            isMet: (value: number) => value >= days.from,
            fromDay: days.count - 1,
          },
        ]
      : []),
  ];
}

const iso = (secondsUtc: number): string => `${new Date(secondsUtc * 1000).toISOString().slice(0, 19)}Z`;
