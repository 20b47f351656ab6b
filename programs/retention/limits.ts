import { first, hold, type Judgement } from './judgement';
import { byAge } from './own-reason';
import type { TagVersion } from './package';
import type { RetentionPolicy } from './policy';

/** A tag chosen for deletion, with what was found about its package. */
export interface Chosen {
  readonly judgement: Judgement;
  readonly version: TagVersion;
  readonly wave: number;
}

/**
 * Chooses what this run deletes among the expendable tags, the oldest first, never more than the limits, and nothing that
 * another tag holds before that one leaves. Everything else gets its reason to stay for now.
 */
export function withinLimits(judgements: readonly Judgement[], policy: RetentionPolicy): readonly Chosen[] {
  const room = new Room(judgements, policy);
  const chosen: Chosen[] = [];
  let waiting = judgements
    .flatMap((judgement) => judgement.tags.map((version) => ({ judgement, version })))
    .filter(({ judgement, version }) => !judgement.kept.has(version))
    .sort((a, b) => byAge(b.version, a.version));
  for (let wave = 0; ; wave++) {
    const leaving = new Set(chosen.map(({ version }) => version));
    const free = waiting.filter(
      ({ judgement, version }) => holdOf(judgement, version, leaving) === undefined,
    );
    if (free.length === 0) break;
    for (const { judgement, version } of free)
      if (room.take(judgement, version)) chosen.push({ judgement, version, wave });
    waiting = waiting.filter((each) => !free.includes(each));
  }
  const leaving = new Set(chosen.map(({ version }) => version));
  for (const { judgement, version } of waiting) {
    const reason = holdOf(judgement, version, leaving);
    if (reason !== undefined) judgement.kept.set(version, reason);
  }
  return chosen;
}

function holdOf(
  { tags }: Judgement,
  version: TagVersion,
  leaving: ReadonlySet<TagVersion>,
): ReturnType<typeof hold> {
  return first(tags, (other) => (leaving.has(other) ? undefined : hold(other, version)));
}

/** How many more tags this run, and each package in it, may lose. */
class Room {
  readonly #ofPackage: Map<Judgement, number>;
  #ofRun: number;

  constructor(judgements: readonly Judgement[], policy: RetentionPolicy) {
    this.#ofRun = policy.maxDeletionsPerRun;
    this.#ofPackage = new Map(
      // The billionth absorbs what binary fractions lose: 0.29 of 100 tags is 29.
      judgements.map((each) => [each, Math.floor(policy.maxDeletedShareOfPackage * each.tags.length + 1e-9)]),
    );
  }

  /** Whether the tag may go; if not, it is kept as deferred. */
  take(judgement: Judgement, version: TagVersion): boolean {
    const ofPackage = this.#ofPackage.get(judgement) ?? 0;
    if (ofPackage > 0 && this.#ofRun > 0) {
      this.#ofPackage.set(judgement, ofPackage - 1);
      this.#ofRun -= 1;
      return true;
    }
    judgement.kept.set(version, { kind: 'deferred', limit: ofPackage > 0 ? 'run' : 'package' });
    return false;
  }
}
