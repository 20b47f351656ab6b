import type { Gauge } from '../../clients/pushgateway';
import { EXIT, type ExitCode } from '../exit-code';
import type { ByteCheck } from './byte-check';
import type { CanaryResult } from './canary';
import { faultKinds } from './fault';
import { type Memory, prefix, remembered } from './memory';
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
 * The gauges of a run. The first six names are those that the predecessor pushed and existing rules read.
 * A run that could not be finished says so and leaves what the last whole run found in place, unless it found
 * faults of its own: a broken image must not look mended because the registry went down.
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
  const gauge = gaugeOf(instance);
  return [
    gauge('catalog_accessible', 'The registry listed its repositories.', Number(result.catalogAccessible)),
    gauge('success', '1 when everything was looked at and is whole.', Number(code === EXIT.done)),
    gauge('last_run_timestamp', 'When a run last ended, well or not.', seconds(endedAtMs)),
    gauge('duration_seconds', 'How long that run took.', (endedAtMs - startedAtMs) / 1000),
    {
      name: `${prefix}verdict`,
      help: 'The one word for that run: 1 for the verdict that holds.',
      samples: verdicts.map((name) => ({
        labels: { instance, verdict: name },
        value: Number(name === verdict),
      })),
    },
    ...(canary === undefined
      ? []
      : [
          gauge('canary_success', 'The canary image was pulled whole.', Number(canary.pulled)),
          gauge('canary_duration_seconds', 'How long pulling the canary took.', canary.durationMs / 1000),
        ]),
  ];
}

function findings({ instance, result }: RunReport): Gauge[] {
  const total = Object.values(result.faults).reduce((sum, count) => sum + count, 0);
  return [
    gaugeOf(instance)('failures', 'Faults of names that can be pulled.', total),
    {
      name: `${prefix}faults`,
      help: 'The same by kind.',
      samples: faultKinds.map((kind) => ({ labels: { instance, kind }, value: result.faults[kind] })),
    },
  ];
}

function coverage({ instance, result, byteCheck, endedAtMs }: RunReport): Gauge[] {
  const gauge = gaugeOf(instance);
  return [
    gauge('repos_checked', 'Repositories looked at.', result.repositories),
    gauge('tags_checked', 'Tags looked at.', result.tags),
    gauge('indexes_checked', 'Indexes looked at.', result.indexes),
    gauge('manifests_checked', 'Manifests and indexes read and hashed.', result.manifests),
    gauge('blobs_checked', 'Configurations and layers whose presence was asked for.', result.blobs),
    gauge('blobs_read', 'Of these, those whose bytes were all read and hashed.', byteCheck.hashedBlobs),
    gauge(
      'repos_missing',
      'Repositories that the cluster pulls from and the registry does not list.',
      result.missingRepositories.length,
    ),
    gauge(
      'repos_denied',
      'Repositories listed, but refused to the credentials of the probe.',
      result.deniedRepositories.length,
    ),
    gauge('hashed_bytes', 'Bytes of blobs read and hashed in that run.', byteCheck.hashedBytes),
    gauge('unread_bytes', 'Bytes whose turn it was and that the budget left unread.', byteCheck.unreadBytes),
    gauge(
      'oldest_unverified_age_seconds',
      'Longest time since the turn of a blob whose bytes were not read in that run.',
      byteCheck.oldestUnverifiedAgeMs / 1000,
    ),
    gauge('last_success_timestamp', 'When everything was last looked at.', seconds(endedAtMs)),
  ];
}

/** What the next run reads back, and what is known only over many runs. */
function memoryOf({ instance, memory, startedAtMs }: RunReport): Gauge[] {
  if (memory === undefined) return [];
  const gauge = gaugeOf(instance);
  const named = <V>(
    name: string,
    help: string,
    entries: ReadonlyMap<string, V>,
    labels: (key: string, value: V) => Record<string, string>,
    value: (value: V) => number,
  ): Gauge => ({
    name,
    help,
    samples: [...entries].map(([key, entry]) => ({
      labels: { instance, ...labels(key, entry) },
      value: value(entry),
    })),
  });
  const since = ({ sinceMs }: { readonly sinceMs: number }): number => seconds(sinceMs);
  return [
    gauge(short(remembered.since), 'When the memory of earlier runs began.', seconds(memory.sinceMs)),
    gauge(
      short(remembered.readUntil),
      'The turns of all bytes up to then are done.',
      memory.readUntilMs / 1000,
    ),
    gauge('backlog_seconds', 'How far that is behind.', Math.max(startedAtMs - memory.readUntilMs, 0) / 1000),
    gauge(
      short(remembered.window),
      'The longest stretch of turns that the next run takes on.',
      memory.windowMs / 1000,
    ),
    gauge('damaged_blobs', 'Blobs that were read damaged and not read whole since.', memory.damaged.size),
    named(
      remembered.damaged,
      'Since when, one by one.',
      memory.damaged,
      (digest, { repository }) => ({ repository, digest }),
      since,
    ),
    named(
      remembered.broken,
      'Since when a repository has faults of a kind.',
      memory.broken,
      (_, { repository, kind }) => ({ repository, kind }),
      since,
    ),
    gauge('repositories_emptied', 'Repositories that had tags and have none.', memory.emptied.size),
    named(
      remembered.emptied,
      'Since when, one by one.',
      memory.emptied,
      (repository) => ({ repository }),
      seconds,
    ),
    named(
      remembered.tags,
      'Tags of each repository.',
      memory.tags,
      (repository) => ({ repository }),
      (count) => count,
    ),
  ].filter(({ samples }) => samples.length > 0);
}

function short(name: string): string {
  return name.slice(prefix.length);
}

function gaugeOf(instance: string): (name: string, help: string, value: number) => Gauge {
  return (name, help, value) => ({
    name: `${prefix}${name}`,
    help,
    samples: [{ labels: { instance }, value }],
  });
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
