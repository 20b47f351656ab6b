import type { Plan, Unit } from './plan';
import type { KeepReason } from './reason';

/** How long ago the reading of the cluster may have begun by which a unit begins to be deleted. */
const MAX_AGE_MS = 10_000;

/**
 * What the cluster began to need since the plan was made: a rollback, a new CronJob, a pod on another tag. It is asked before
 * the first unit and again before each that begins later than {@link MAX_AGE_MS} after; what remains is an image that begins to
 * be needed within that time, or as long as a reading takes, and the one unit's requests.
 */
export class FreshNeeds {
  readonly #replan: () => Promise<Plan>;
  readonly #now: () => number;
  #readAt = -Infinity;
  #kept: Promise<ReadonlyMap<string, KeepReason>> = Promise.resolve(new Map());

  /** @param replan reads the cluster and plans by what it needs now, besides what it needed before */
  constructor(replan: () => Promise<Plan>, now = (): number => performance.now()) {
    this.#replan = replan;
    this.#now = now;
  }

  /** Why a unit stays by now. */
  async keeping({ package: name, tags, digests }: Unit): Promise<KeepReason | undefined> {
    if (this.#now() - this.#readAt > MAX_AGE_MS) {
      this.#readAt = this.#now();
      this.#kept = this.#replan().then(
        ({ keeps }) => new Map(keeps.map((each) => [`${each.package} ${each.version}`, each.reason])),
      );
    }
    const kept = await this.#kept;
    // A child that stays is claimed by another build, and goes with neither.
    return (tags.length > 0 ? tags.map(({ tag }) => tag) : digests)
      .map((version) => kept.get(`${name} ${version}`))
      .find((reason) => reason !== undefined);
  }
}
