import { isDigest, isRepository } from '../../clients/oci/reference';
import type { PushedSample } from '../../clients/pushed-samples';
import { type FaultKind, faultKinds } from './fault';
import { prefix, type ProbeMetric } from './gauges';

/**
 * What one run leaves for the next. The program has no volume: its memory is what it pushed last, read back from the
 * Pushgateway. It is no more than a reason to look again; a finding is made by looking.
 */
export interface Memory {
  /** When it began: with the first run, or with the first one after the Pushgateway lost it. */
  readonly sinceMs: number;
  /** All turns up to here are done. */
  readonly readUntilMs: number;
  /** The longest stretch of turns that a run takes on; what it holds has to fit into the byte budget. */
  readonly windowMs: number;
  /** Blobs whose bytes were read damaged, by digest. */
  readonly damaged: ReadonlyMap<string, DamagedBlob>;
  /** Since when a repository has faults of a kind, by `repository kind`. */
  readonly broken: ReadonlyMap<string, BrokenRepository>;
  /** How many tags each repository had. */
  readonly tags: ReadonlyMap<string, number>;
  /** Since when a repository that had tags has none, or is not listed. */
  readonly emptied: ReadonlyMap<string, number>;
  /** Repositories that somebody has told the Pushgateway were emptied on purpose. */
  readonly removed: ReadonlySet<string>;
}

export interface DamagedBlob {
  /** The one it was found through first. */
  readonly repository: string;
  readonly sinceMs: number;
}

export interface BrokenRepository extends DamagedBlob {
  readonly kind: FaultKind;
}

/** Series for each of them stand in Prometheus: what is beyond is counted, not named. */
export const limits = { damaged: 64, broken: 64, tags: 500 } as const;

/** Names of the gauges that are read back; see gauges.ts for what they mean. */
const remembered = {
  since: `${prefix}memory_since_timestamp`,
  readUntil: `${prefix}read_until_timestamp`,
  window: `${prefix}window_seconds`,
  damaged: `${prefix}damaged_blob`,
  broken: `${prefix}broken`,
  tags: `${prefix}repository_tags`,
  emptied: `${prefix}repository_emptied`,
  removed: `${prefix}repository_removed`,
} as const satisfies Record<string, `${typeof prefix}${ProbeMetric | 'repository_removed'}`>;

/** A run that knows nothing of an earlier one: everything is to be read once, as fast as the budget allows. */
export function blankMemory(nowMs: number, periodMs: number): Memory {
  const nothing = { damaged: new Map(), broken: new Map(), tags: new Map(), emptied: new Map() };
  return {
    ...nothing,
    removed: new Set(),
    sinceMs: nowMs,
    readUntilMs: nowMs - periodMs,
    windowMs: Infinity,
  };
}

/** Reads the memory back, leaving out whatever cannot be one: another instance's, a name that is none, a time to come. */
export function recall(
  samples: readonly PushedSample[],
  instance: string,
  nowMs: number,
  periodMs: number,
): Memory {
  const own = samples.filter(({ labels }) => labels['instance'] === instance);
  const of = (name: string): PushedSample[] => own.filter((sample) => sample.name === name);
  const timeOf = (sample: PushedSample | undefined): number | undefined => {
    const ms = (sample?.value ?? Number.NaN) * 1000;
    return Number.isFinite(ms) && ms <= nowMs ? ms : undefined;
  };
  const byRepository = (name: string, limit: number): [PushedSample, string][] =>
    of(name)
      .map((sample): [PushedSample, string] => [sample, sample.labels['repository'] ?? ''])
      .filter(([, repository]) => isRepository(repository))
      .slice(0, limit);

  const sinceMs = timeOf(of(remembered.since)[0]);
  const readUntilMs = timeOf(of(remembered.readUntil)[0]);
  const blank = blankMemory(nowMs, periodMs);
  const windowSeconds = of(remembered.window)[0]?.value ?? Infinity;
  return {
    sinceMs: sinceMs === undefined || readUntilMs === undefined ? nowMs : sinceMs,
    readUntilMs: Math.max(sinceMs === undefined ? -Infinity : (readUntilMs ?? -Infinity), blank.readUntilMs),
    windowMs: windowSeconds > 0 ? windowSeconds * 1000 : Infinity,
    damaged: new Map(
      byRepository(remembered.damaged, limits.damaged)
        .filter(([{ labels }]) => isDigest(labels['digest'] ?? ''))
        .map(([sample, repository]) => [
          sample.labels['digest'] ?? '',
          { repository, sinceMs: timeOf(sample) ?? nowMs },
        ]),
    ),
    broken: new Map(
      byRepository(remembered.broken, limits.broken).flatMap(([sample, repository]) =>
        faultKinds
          .filter((kind) => kind === sample.labels['kind'])
          .map((kind) => [`${repository} ${kind}`, { repository, kind, sinceMs: timeOf(sample) ?? nowMs }]),
      ),
    ),
    tags: new Map(
      byRepository(remembered.tags, limits.tags)
        .filter(([{ value }]) => Number.isSafeInteger(value) && value >= 0)
        .map(([{ value }, repository]) => [repository, value]),
    ),
    emptied: new Map(
      byRepository(remembered.emptied, limits.tags).map(([sample, repository]) => [
        repository,
        timeOf(sample) ?? nowMs,
      ]),
    ),
    removed: new Set(byRepository(remembered.removed, limits.tags).map(([, repository]) => repository)),
  };
}
