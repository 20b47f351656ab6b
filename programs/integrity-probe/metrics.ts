import type { Gauge } from '../../clients/pushgateway';
import { EXIT, type ExitCode } from '../exit-code';
import type { ByteCheck } from './byte-check';
import type { CanaryResult } from './canary';
import { faultKinds } from './fault';
import { gauge, type ProbeMetric } from './gauges';
import type { Memory } from './memory';
import { type Verdict, verdicts } from './verdict';
import type { WalkResult } from './walk';

export interface RunReport {
  readonly instance: string;
  readonly result: WalkResult;
  readonly verdict: Verdict;
  readonly code: ExitCode;
  readonly byteCheck: ByteCheck;
  /** Absent when that of earlier runs could not be read: it is left as it stands. */
  readonly memory?: Memory;
  readonly canary?: CanaryResult;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/**
 * The gauges of a run. One that could not be finished says so and leaves what the last whole run found in place,
 * unless it found faults of its own: a broken image must not look mended because the registry went down.
 */
export function gaugesOf(report: RunReport): Gauge[] {
  const { result } = report;
  const found = Object.values(result.faults).some((count) => count > 0);
  const whole = result.interruption === undefined;
  return [
    ...state(report),
    ...(whole || found ? findings(report) : []),
    ...(whole ? coverage(report) : []),
    ...memoryOf(report),
  ];
}

function state({ instance, result, verdict, code, canary, startedAtMs, endedAtMs }: RunReport): Gauge[] {
  return [
    ...values(instance, {
      catalog_accessible: Number(result.catalogAccessible),
      success: Number(code === EXIT.done),
      last_run_timestamp: seconds(endedAtMs),
      duration_seconds: (endedAtMs - startedAtMs) / 1000,
    }),
    gauge(
      'verdict',
      verdicts.map((name) => ({ labels: { instance, verdict: name }, value: Number(name === verdict) })),
    ),
    ...(canary === undefined
      ? []
      : values(instance, {
          canary_success: Number(canary.pulled),
          canary_duration_seconds: canary.durationMs / 1000,
        })),
  ];
}

function findings({ instance, result: { faults } }: RunReport): Gauge[] {
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const byKind = faultKinds.map((kind) => ({ labels: { instance, kind }, value: faults[kind] }));
  return [...values(instance, { failures: total }), gauge('faults', byKind)];
}

function coverage({ instance, result, byteCheck, endedAtMs }: RunReport): Gauge[] {
  return values(instance, {
    repos_checked: result.repositories,
    tags_checked: result.tags,
    indexes_checked: result.indexes,
    manifests_checked: result.manifests,
    blobs_checked: result.blobs,
    blobs_read: byteCheck.hashedBlobs,
    repos_missing: result.missingRepositories.length,
    repos_denied: result.deniedRepositories.length,
    hashed_bytes: byteCheck.hashedBytes,
    unread_bytes: byteCheck.unreadBytes,
    oldest_unverified_age_seconds: byteCheck.oldestUnverifiedAgeMs / 1000,
    last_success_timestamp: seconds(endedAtMs),
  });
}

/** What the next run reads back, and what is known only over many runs. */
function memoryOf({ instance, memory, startedAtMs }: RunReport): Gauge[] {
  if (memory === undefined) return [];
  const each = <V>(
    name: ProbeMetric,
    entries: ReadonlyMap<string, V>,
    sample: (key: string, value: V) => readonly [labels: Readonly<Record<string, string>>, value: number],
  ): Gauge => {
    const samples = [...entries].map(([key, entry]) => {
      const [labels, value] = sample(key, entry);
      return { labels: { instance, ...labels }, value };
    });
    return gauge(name, samples);
  };
  return [
    ...values(instance, {
      memory_since_timestamp: seconds(memory.sinceMs),
      read_until_timestamp: memory.readUntilMs / 1000,
      backlog_seconds: Math.max(startedAtMs - memory.readUntilMs, 0) / 1000,
      window_seconds: memory.windowMs / 1000,
      damaged_blobs: memory.damaged.size,
    }),
    each('damaged_blob', memory.damaged, (digest, { repository, sinceMs }) => [
      { repository, digest },
      seconds(sinceMs),
    ]),
    each('broken', memory.broken, (_, { repository, kind, sinceMs }) => [
      { repository, kind },
      seconds(sinceMs),
    ]),
    ...values(instance, { repositories_emptied: memory.emptied.size }),
    each('repository_emptied', memory.emptied, (repository, ms) => [{ repository }, seconds(ms)]),
    each('repository_tags', memory.tags, (repository, count) => [{ repository }, count]),
  ].filter(({ samples }) => samples.length > 0);
}

/** Gauges of one sample each. */
function values(instance: string, given: Partial<Record<ProbeMetric, number>>): Gauge[] {
  return Object.entries(given).map(([name, value]) =>
    gauge(name as ProbeMetric, [{ labels: { instance }, value }]),
  );
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
