import type { TagVersion } from './package';
import type { RetentionPolicy } from './policy';
import type { Protection } from './protection';
import type { KeepReason } from './reason';
import { subjectOf } from '../../clients/forgejo/tag';

const HOUR_MS = 3_600_000;

interface Pushed {
  readonly id: number;
  readonly createdAtMs: number;
}

/**
 * The reasons for which a tag stays whatever becomes of every other tag. The strongest comes first: who needs it, then
 * what the policy names, then how new it is.
 */
export class OwnReasons {
  readonly #policy: RetentionPolicy;
  readonly #patterns: readonly { readonly pattern: string; readonly expression: RegExp }[];
  readonly #nowMs: number;
  readonly #byTag = new Map<string, Protection>();
  readonly #byDigest = new Map<string, Protection>();
  readonly #unparsable: { readonly text: string; readonly protection: Protection }[] = [];

  constructor(protections: readonly Protection[], policy: RetentionPolicy, nowMs: number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#patterns = policy.alwaysKeepPatterns.map((pattern) => ({
      pattern,
      expression: new RegExp(pattern.slice(1, -1), 'i'),
    }));
    for (const protection of [...protections].sort(bySourceThenName)) {
      const { target } = protection;
      if (target.kind === 'tag') claim(this.#byTag, `${target.package}:${target.tag}`, protection);
      else if (target.kind === 'digest') claim(this.#byDigest, target.digest, protection);
      else this.#unparsable.push({ text: target.text.toLowerCase(), protection });
    }
  }

  /** @param rank the place of the tag among the images of its package, newest first, from 1; none for an attached tag */
  of(name: string, version: TagVersion, rank: number | undefined): KeepReason | undefined {
    const needed = this.#neededBy(name, version);
    if (needed !== undefined) return { kind: needed.source, by: needed.by };
    const rule = this.#alwaysKeptBy(version);
    if (rule !== undefined) return { kind: 'always', rule };
    if (rank !== undefined && rank <= this.#policy.keepNewestTags) return { kind: 'newest', rank };
    if (this.#nowMs - version.createdAtMs < this.#policy.graceHours * HOUR_MS)
      return { kind: 'young', ageHours: ageHours(version, this.#nowMs) };
    return undefined;
  }

  #neededBy(name: string, version: TagVersion): Protection | undefined {
    const byTag = this.#byTag.get(`${name}:${version.tag}`);
    if (byTag !== undefined) return byTag;
    if ('digest' in version.manifest) {
      for (const digest of [version.manifest.digest, ...version.manifest.children]) {
        const byDigest = this.#byDigest.get(digest);
        if (byDigest !== undefined) return byDigest;
      }
    }
    return this.#unparsable.find(({ text }) => text.includes(name))?.protection;
  }

  #alwaysKeptBy({ tag }: TagVersion): string | undefined {
    if (this.#policy.alwaysKeepTags.includes(tag)) return `tag "${tag}"`;
    const match = this.#patterns.find(({ expression }) => expression.test(tag));
    return match && `pattern ${match.pattern}`;
  }
}

/** Newest first. Pushes of one second are ordered by Forgejo's row, which only grows, never by the order of the answer. */
export function byAge(a: Pushed, b: Pushed): number {
  return b.createdAtMs - a.createdAtMs || b.id - a.id;
}

export function ageHours({ createdAtMs }: Pick<Pushed, 'createdAtMs'>, nowMs: number): number {
  return Math.floor((nowMs - createdAtMs) / HOUR_MS);
}

/** The place of each image tag, from 1; what is attached to an image is not counted. */
export function ranksOf(newestFirst: readonly TagVersion[]): ReadonlyMap<TagVersion, number> {
  const images = newestFirst.filter(({ tag }) => subjectOf(tag) === undefined);
  return new Map(images.map((version, index) => [version, index + 1]));
}

function claim(map: Map<string, Protection>, key: string, protection: Protection): void {
  if (!map.has(key)) map.set(key, protection);
}

/** The cluster before the estate, then by name. */
function bySourceThenName(a: Protection, b: Protection): number {
  return `${a.source} ${a.by}`.localeCompare(`${b.source} ${b.by}`, 'en');
}
