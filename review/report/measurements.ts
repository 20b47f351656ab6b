import { ServerError } from '../../clients/http/errors';
import { printable } from '../../clients/printable';
import type { PrometheusApi, RangeProps } from '../../clients/prometheus';
import { legacyAccess, presentLegacy } from '../../estate/derived/legacy-registry';
import { quantityBytes } from '../../estate/derived/quantity';
import { periodOf } from '../../estate/derived/schedule';
import type { Estate } from '../../estate/estate';
import { maxAheadMinutes } from '../../estate/derived/claim-states';
import type { ProbeMetric, ProbePrefix } from '../../programs/integrity-probe/gauges';
import type { RetentionMetric } from '../../programs/retention/metrics';

/** One number that Prometheus was asked for; `saw` says in words why there is none. */
export interface Reading {
  readonly what: string;
  readonly unit: 'time' | 'count' | 'bytes' | 'yes';
  /** Whether a value is as it should be. @default any is */
  readonly isWell?: (value: number, nowMs: number) => boolean;
  readonly value?: number;
  readonly saw?: string;
}

export interface ReadingGroup {
  readonly title: string;
  /** What looks closer. */
  readonly command: string;
  readonly readings: readonly Reading[];
}

export interface Measurements {
  readonly groups: readonly ReadingGroup[];
  /** The volume's use by Unix second. */
  readonly storage: { readonly points: readonly (readonly [number, number])[]; readonly saw?: string };
}

/** How far back storage is asked for, and how densely. */
export const storageDays = 30;
const storageStepSeconds = 6 * 3_600;
const maxReason = 200;
/** More are finer than a screen shows. */
const maxPoints = 2 * 30 * 4;
const isZero = (value: number): boolean => value === 0;
const isOne = (value: number): boolean => value === 1;
/** Two turns of its schedule, since one may be late. */
const inTime = (schedule: string): NonNullable<Reading['isWell']> => {
  const { longestMinutes } = periodOf(schedule);
  return (value, nowMs) => {
    const minutes = (nowMs / 1000 - value) / 60;
    return minutes >= -maxAheadMinutes && minutes <= 2 * longestMinutes;
  };
};

type Question = Omit<Reading, 'value' | 'saw'> & { readonly query: string };

/** What probe, retention and volume last told Prometheus. What it does not answer is said in its place; nothing throws. */
export async function measurementsOf(
  estate: Estate,
  prometheus: Pick<PrometheusApi, 'range'>,
  nowMs: number,
): Promise<Measurements> {
  const to = Math.floor(nowMs / 1000);
  const groups = await Promise.all(
    questions(estate).map(async ({ asked, ...group }) => ({
      ...group,
      readings: await Promise.all(
        asked.map(async ({ query, ...reading }): Promise<Reading> => {
          const { values, saw } = await ask(prometheus, { query, from: to, to, stepSeconds: 60 });
          const value = [...values.values()].at(-1);
          if (value !== undefined && Number.isFinite(value)) return { ...reading, value };
          return { ...reading, saw: saw ?? 'Prometheus has no such data' };
        }),
      ),
    })),
  );
  const from = to - storageDays * 86_400;
  const query = usedBytes(estate);
  const { values, saw } = await ask(prometheus, { query, from, to, stepSeconds: storageStepSeconds });
  const points = [...values]
    .filter(([, value]) => Number.isFinite(value) && value >= 0)
    .sort(([a], [b]) => a - b)
    .filter((_, index, { length }) => (length - 1 - index) % Math.ceil(length / maxPoints) === 0);
  const none = 'Prometheus has no data about the volume';
  return { groups, storage: { points, ...(points.length > 0 ? {} : { saw: saw ?? none }) } };
}

async function ask(
  prometheus: Pick<PrometheusApi, 'range'>,
  question: RangeProps,
): Promise<{ readonly values: ReadonlyMap<number, number>; readonly saw?: string }> {
  try {
    const values = await prometheus.range(question);
    // What it says of moments that nobody asked about is not looked at, and a moment to come is nobody's.
    return {
      values: new Map([...values].filter(([second]) => second >= question.from && second <= question.to)),
    };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return { values: new Map(), saw: printable(error.message, maxReason) };
  }
}

function questions(
  estate: Estate,
): readonly (Omit<ReadingGroup, 'readings'> & { readonly asked: readonly Question[] })[] {
  const forgejo = { url: `https://${estate.forgejo.host}`, instance: estate.forgejo.host };
  const probed = [forgejo, ...(presentLegacy(estate) === undefined ? [] : [legacyAccess(estate)])];
  return [
    ...probed.map(({ url, instance }) => ({
      title: `Integrity probe of ${instance}`,
      command: `./registry probe ${url}`,
      asked: probe(estate, instance),
    })),
    {
      title: `Retention of ${estate.forgejo.packages.owner}'s packages`,
      command: `./registry retention --against ${forgejo.url}`,
      asked: retention(estate),
    },
    storage(estate),
  ];
}

function usedBytes({ forgejo: { namespace, storage: of } }: Estate): string {
  const claim = `namespace=${JSON.stringify(namespace)},persistentvolumeclaim=${JSON.stringify(of.claimName)}`;
  return `max(kubelet_volume_stats_used_bytes{${claim}})`;
}

function storage(estate: Estate): ReturnType<typeof questions>[number] {
  const { namespace, storage: of } = estate.forgejo;
  // A full one takes no image, and no row of the database either.
  const isWell = (bytes: number): boolean => bytes < 0.9 * quantityBytes(of.ceiling);
  const what = `used of the ${of.ceiling} of its volume`;
  return {
    title: 'Storage of Forgejo',
    command: `kubectl -n ${namespace} get pvc ${of.claimName}`,
    asked: [{ what, unit: 'bytes', query: usedBytes(estate), isWell }],
  };
}

function probe({ integrityProbe: { schedule } }: Estate, host: string): readonly Question[] {
  const prefix: ProbePrefix = 'registry_manifest_integrity_';
  const series = (name: ProbeMetric): string => `max(${prefix}${name}{instance=${JSON.stringify(host)}})`;
  return [
    ...since(series('last_run_timestamp'), series('last_success_timestamp'), schedule),
    { what: 'faults', unit: 'count', query: series('failures'), isWell: isZero },
    { what: 'damaged blobs', unit: 'count', query: series('damaged_blobs'), isWell: isZero },
    { what: 'tags looked at', unit: 'count', query: series('tags_checked') },
  ];
}

function retention({ forgejo, retention: { schedule } }: Estate): readonly Question[] {
  const of = `instance=${JSON.stringify(forgejo.host)},owner=${JSON.stringify(forgejo.packages.owner)}`;
  const series = (name: RetentionMetric, which = 'max'): string =>
    `${which}(forgejo_retention_${name}{${of}})`;
  return [
    ...since(series('last_run_timestamp_seconds'), series('last_success_timestamp_seconds'), schedule),
    { what: 'it did all of its job', unit: 'yes', query: series('success', 'min'), isWell: isOne },
    { what: 'it deletes', unit: 'yes', query: series('enforcing') },
    { what: 'tags deleted by it', unit: 'count', query: series('tags_deleted') },
    { what: 'images left broken', unit: 'count', query: series('broken_images'), isWell: isZero },
    { what: "bytes that Forgejo's sweeps can free", unit: 'bytes', query: series('freed_bytes') },
  ];
}

function since(run: string, success: string, schedule: string): readonly Question[] {
  const time = { unit: 'time' as const, isWell: inTime(schedule) };
  return [
    { what: 'last run', query: run, ...time },
    { what: 'last run that did everything', query: success, ...time },
  ];
}
