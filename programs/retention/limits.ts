import type { Digest } from '../../clients/forgejo/tag';
import { byAge, type Build } from './build';
import { isKept, keep, type Judgement } from './judgement';
import type { RetentionPolicy } from './policy';

/** A build chosen for deletion, with what was found about its package. */
export interface Chosen {
  readonly judgement: Judgement;
  readonly build: Build;
  readonly wave: number;
}

/**
 * Chooses what this run deletes among the expendable builds, the oldest first, never more than the limits, and nothing
 * that another build holds before that one leaves. What is attached to an image costs nothing and leaves after it.
 * Everything else gets its reason to stay for now.
 */
export function withinLimits(judgements: readonly Judgement[], policy: RetentionPolicy): readonly Chosen[] {
  const room = new Room(judgements, policy);
  const chosen = new Map<Build, Chosen>();
  let waiting = judgements.flatMap(waitingIn).sort((a, b) => byAge(b.build.tags[0], a.build.tags[0]));
  for (let wave = 0; ; wave++) {
    const free = waiting.filter((each) => heldBy(each, chosen) === undefined);
    if (free.length === 0) break;
    for (const { judgement, build } of free)
      if (room.take(judgement, build)) chosen.set(build, { judgement, build, wave });
    waiting = waiting.filter((each) => !free.includes(each));
  }
  for (const each of waiting) keep(each.build, heldBy(each, chosen), each.judgement.kept);
  return [...chosen.values()];
}

interface Waiting extends Omit<Chosen, 'wave'> {
  /** The builds of its package that hold it, or what it is about. */
  readonly holders: readonly Build[];
}

/** The expendable builds of a package. */
function waitingIn(judgement: Judgement): readonly Waiting[] {
  const builds = judgement.builds.filter((build) => !isKept(build, judgement.kept));
  const wanted = ({ digest, subjects }: Build): readonly (Digest | undefined)[] => [digest, ...subjects];
  const holders = new Map(builds.flatMap(wanted).map((digest) => [digest, [] as Build[]]));
  for (const holder of judgement.builds)
    for (const digest of holder.contents) holders.get(digest)?.push(holder);
  return builds.map((build) => ({
    ...{ judgement, build },
    holders: wanted(build).flatMap((digest) => holders.get(digest) ?? []),
  }));
}

/** Why a build cannot leave before another one of its package that is still there. */
function heldBy(
  { build, holders }: Waiting,
  leaving: ReadonlyMap<Build, Chosen>,
): Parameters<typeof keep>[1] {
  for (const other of holders) {
    if (other === build || leaving.has(other)) continue;
    if (build.digest !== undefined && other.children.includes(build.digest))
      return { kind: 'child', of: other.tags[0].tag };
    const subject = build.subjects.find((each) => other.contents.includes(each));
    if (subject !== undefined) return { kind: 'attached', subject };
  }
  return undefined;
}

/** How many more builds this run, and each package in it, may lose. */
class Room {
  readonly #ofPackage: Map<Judgement, number>;
  #ofRun: number;

  constructor(judgements: readonly Judgement[], policy: RetentionPolicy) {
    this.#ofRun = policy.maxDeletionsPerRun;
    this.#ofPackage = new Map(
      judgements.map((each) => [each, shareOf(each.builds.filter(isImage).length, policy)]),
    );
  }

  /** Whether the build may go; if not, it is kept as deferred. */
  take(judgement: Judgement, build: Build): boolean {
    if (!isImage(build)) return true;
    const ofPackage = this.#ofPackage.get(judgement) ?? 0;
    if (ofPackage > 0 && this.#ofRun > 0) {
      this.#ofPackage.set(judgement, ofPackage - 1);
      this.#ofRun -= 1;
      return true;
    }
    keep(build, { kind: 'deferred', limit: ofPackage > 0 ? 'run' : 'package' }, judgement.kept);
    return false;
  }
}

function isImage({ attachedTo }: Build): boolean {
  return attachedTo === undefined;
}

/** Of any share above none at least one, or a small package would never lose anything. */
function shareOf(builds: number, { maxDeletedShareOfPackage: share }: RetentionPolicy): number {
  // The billionth absorbs what binary fractions lose: 0.29 of 100 builds is 29.
  return share === 0 ? 0 : Math.max(1, Math.floor(share * builds + 1e-9));
}
