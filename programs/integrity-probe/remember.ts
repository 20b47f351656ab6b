import type { ByteCheck } from './byte-check';
import { type BrokenRepository, type DamagedBlob, limits, type Memory } from './memory';
import type { WalkResult } from './walk';

export interface RememberProps {
  readonly before: Memory;
  /** What the Pushgateway holds at the end of the run: another one may have pushed in between. */
  readonly meanwhile: Memory;
  readonly result: WalkResult;
  readonly byteCheck: ByteCheck;
  readonly maxBytesPerRun: number;
  /** The stretch of turns that this run took on. */
  readonly windowMs: number;
  readonly nowMs: number;
  /** In which everything is read once. */
  readonly periodMs: number;
}

/** The memory after a run, and what ended in it, a line each. */
export interface Remembered {
  readonly memory: Memory;
  readonly lines: readonly string[];
}

const minWindowMs = 1000;
const maxWidening = 1024;
/** Turns are spread evenly, but not quite: what would just fit on average is not taken on. */
const filling = 0.8;

/** What the next run has to know, from what this one knew and saw. */
export function remember(props: RememberProps): Remembered {
  const { before, meanwhile, result, byteCheck, nowMs, periodMs } = props;
  const lines: string[] = [];
  const emptied = emptiedAfter(props, lines);
  const damaged = damagedAfter(props, emptied, lines);
  const tags = tagsAfter(props);
  if (tags.size > limits.tags)
    lines.push(`watched for the loss of all their tags are ${limits.tags} of ${tags.size} repositories`);
  const read = result.interruption === undefined ? byteCheck.readUntilMs : before.readUntilMs;
  const memory = {
    sinceMs: before.sinceMs,
    // What is too much to be remembered one by one is found again by reading everything again.
    readUntilMs: damaged.size > limits.damaged ? nowMs - periodMs : Math.max(read, meanwhile.readUntilMs),
    windowMs: nextWindow(props),
    damaged: first(damaged, limits.damaged),
    broken: first(brokenAfter(props), limits.broken),
    tags: first(tags, limits.tags),
    emptied: first(emptied, limits.tags),
    removed: new Set<string>(),
  };
  return { memory, lines };
}

/** Repositories that had tags and have none; not those whose tags could not be listed. */
function emptiedAfter(
  { before, meanwhile, result, nowMs }: RememberProps,
  lines: string[],
): Map<string, number> {
  if (result.interruption !== undefined) return new Map(before.emptied);
  const had = [...before.tags].filter(([, count]) => count > 0).map(([name]) => name);
  const after = new Map<string, number>();
  for (const name of new Set([...before.emptied.keys(), ...had])) {
    const sinceMs = before.emptied.get(name);
    const count = result.tagsByRepository.get(name);
    if (count === undefined && result.unseen.has(name)) {
      if (sinceMs !== undefined) after.set(name, sinceMs);
    } else if ((count ?? 0) === 0) {
      if (before.removed.has(name) || meanwhile.removed.has(name))
        lines.push(`${name}: has no tags any more, which was confirmed to be on purpose`);
      else after.set(name, sinceMs ?? nowMs);
    }
  }
  return after;
}

/** Found now, or found before and neither read whole nor gone; nothing is gone that something unseen may still name. */
function damagedAfter(
  { before, meanwhile, result, byteCheck, nowMs }: RememberProps,
  emptied: ReadonlyMap<string, number>,
  lines: string[],
): Map<string, DamagedBlob> {
  const after = new Map<string, DamagedBlob>();
  for (const [digest, blob] of [...before.damaged, ...meanwhile.damaged]) {
    const { repository, sinceMs } = blob;
    const mayBeNamed =
      result.interruption !== undefined ||
      byteCheck.named.has(digest) ||
      result.unseen.has(repository) ||
      emptied.has(repository);
    const ended = byteCheck.healed.has(digest)
      ? 'healed'
      : !mayBeNamed && before.damaged.has(digest)
        ? 'named by nothing any more'
        : undefined;
    if (ended === undefined) after.set(digest, blob);
    else
      lines.push(
        `${repository} ${digest}: ${ended}, after it was found damaged at ${new Date(sinceMs).toISOString()}`,
      );
  }
  for (const [digest, repository] of result.damaged)
    if (!after.has(digest)) after.set(digest, { repository, sinceMs: nowMs });
  return after;
}

function brokenAfter({ before, result, nowMs }: RememberProps): Map<string, BrokenRepository> {
  const after = new Map(result.interruption === undefined ? [] : before.broken);
  for (const [key, { repository, kind }] of result.broken)
    after.set(key, before.broken.get(key) ?? { repository, kind, sinceMs: nowMs });
  return after;
}

/** A repository whose tags could not be listed keeps its number. */
function tagsAfter({ before, result }: RememberProps): Map<string, number> {
  const unknown = [...before.tags].filter(
    ([name]) => result.interruption !== undefined || result.unseen.has(name),
  );
  return new Map([...unknown, ...result.tagsByRepository].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As many turns as the budget is expected to hold, by what those of this run cost. */
function nextWindow({ before, result, byteCheck, maxBytesPerRun, windowMs }: RememberProps): number {
  if (result.interruption?.reason === 'interrupted') return Math.max(windowMs / 2, minWindowMs);
  // Nothing was learned of the budget, and the next run has this one's turns beside its own.
  if (result.interruption !== undefined) return before.windowMs;
  const dueBytes = Math.max(byteCheck.hashedBytes + byteCheck.unreadBytes, 1);
  const factor = Math.min((filling * maxBytesPerRun) / dueBytes, maxWidening);
  return Math.max(windowMs * factor, minWindowMs);
}

function first<V>(map: ReadonlyMap<string, V>, limit: number): ReadonlyMap<string, V> {
  return new Map([...map].slice(0, limit));
}
