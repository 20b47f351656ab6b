import type { Build } from './build';
import type { TagVersion } from './package';
import type { RetentionPolicy } from './policy';
import type { Protection } from './protection';
import type { KeepReason } from './reason';
import type { Digest, Tag } from '../../clients/forgejo/tag';

const HOUR_MS = 3_600_000;

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

  /** @param rank the place of the build among those that count, newest first, from 1; none for one that does not count */
  of(name: string, build: Build, version: TagVersion, rank = Infinity): KeepReason | undefined {
    const needed =
      this.#byTag.get(`${name}:${version.tag}`) ??
      this.#byDigests([...build.contents, ...build.subjects]) ??
      this.mentioning(name, version.tag);
    if (needed !== undefined) return neededBy(needed);
    const rule = this.alwaysKept(version);
    if (rule !== undefined) return { kind: 'always', rule };
    if (rank <= this.#policy.keepNewestTags) return { kind: 'newest', rank };
    if (this.isYoung(version)) return { kind: 'young', ageHours: this.ageHours(version) };
    return undefined;
  }

  /** A row of which the database lost the date has the beginning of all time, and may be. */
  isYoung({ createdAtMs }: { readonly createdAtMs: number }): boolean {
    return createdAtMs <= 0 || this.#nowMs - createdAtMs < this.#policy.graceHours * HOUR_MS;
  }

  ageHours({ createdAtMs }: { readonly createdAtMs: number }): number {
    return createdAtMs <= 0 ? Number.NaN : Math.floor((this.#nowMs - createdAtMs) / HOUR_MS);
  }

  /** The rule that names the tag. */
  alwaysKept({ tag }: TagVersion): string | undefined {
    // Forgejo stores tags in lower case, however they are written here.
    if (this.#policy.alwaysKeepTags.some((each) => each.toLowerCase() === tag)) return `tag "${tag}"`;
    const match = this.#patterns.find(({ expression }) => expression.test(tag));
    return match && `pattern ${match.pattern}`;
  }

  /** Every digest that somebody names. */
  digests(): readonly Digest[] {
    return [...this.#byDigest.keys()] as Digest[];
  }

  /** Who names a digest. */
  ofDigest(digest: Digest): Protection | undefined {
    return this.#byDigest.get(digest);
  }

  /** Who names something that no rule understands and in which the package's name occurs, or the tag as a word. */
  mentioning(name: string, tag?: Tag): Protection | undefined {
    return this.#unparsable.find(
      ({ text }) => text.includes(name) || text.split(/[^\w.-]/).some((word) => word === tag),
    )?.protection;
  }

  #byDigests(digests: readonly Digest[]): Protection | undefined {
    return digests.map((digest) => this.#byDigest.get(digest)).find((found) => found !== undefined);
  }
}

/** What a container runs is as much the cluster's need as what a workload is told. */
export function neededBy({ source, by }: Protection): KeepReason {
  return { kind: source === 'synthesized' ? source : 'running', by };
}

function claim(map: Map<string, Protection>, key: string, protection: Protection): void {
  if (!map.has(key)) map.set(key, protection);
}

/** The cluster before the estate, then by name. */
function bySourceThenName(a: Protection, b: Protection): number {
  return `${a.source} ${a.by}`.localeCompare(`${b.source} ${b.by}`, 'en');
}
