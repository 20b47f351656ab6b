import { subjectOf, isTag } from '../../clients/forgejo/tag';
import type { Part } from '../../evidence/whole-image';
import type { SourceTag, Survey } from './survey';
import type { Wanted } from './wanted';

/**
 * What the target has of a tag: `whole`; `half`, with the right digest and parts missing; `absent`; `moved`, an older
 * build of a tag that floats, which is copied over; `other`, content that is left for a person to judge.
 */
export type TargetState = 'whole' | 'half' | 'absent' | 'moved' | 'other';

export interface CopyItem {
  readonly image: string;
  readonly from: { readonly host: string; readonly repository: string; readonly tag: string };
  readonly to: { readonly host: string; readonly repository: string; readonly tag: string };
  /** At the source, and so at the target. */
  readonly digest: string;
  readonly createdMs: number | undefined;
  /** Who names it; empty for one that is merely new. */
  readonly by: readonly string[];
  readonly state: TargetState;
  /** What the tag names at the target. @default nothing */
  readonly there?: string | undefined;
  /** What the target lacks of a `half` one; its index hides what is below a missing manifest. */
  readonly missing: readonly Part[];
  /** What travels, no part of the repository twice. */
  readonly bytes: number;
}

export interface Decided {
  /** In the order in which they are copied: the oldest first, for retention counts by the time of creation. */
  readonly items: readonly CopyItem[];
  /** Each keeps everything from being begun. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

export interface DecideProps extends Survey {
  readonly wanted: Wanted;
  readonly from: { readonly host: string; readonly repository: string };
  readonly to: { readonly host: string; readonly repository: string };
}

export function decide(props: DecideProps): Decided {
  const { wanted, from, to, tags, source, target, caches, present } = props;
  const where = `${from.host}/${from.repository}`;
  const faults: string[] = [];
  const notes = caches.map(
    (tag) => `${where}:${tag} holds a build's cache, and is not copied: the next build fills one there`,
  );
  if (!forgejoName.test(to.repository.split('/').slice(1).join('/')))
    faults.push(
      `${to.host}/${to.repository}: is no name that Forgejo takes; give it one of letters and digits joined by single ".", "_" or "-"`,
    );
  for (const [tag, by] of wanted.tags)
    if (
      !caches.includes(tag) &&
      !source.some((each) => isSpelled(each, tag)) &&
      !isWhole(target.get(tag.toLowerCase()))
    )
      faults.push(
        `${where}: has no tag "${tag}", which ${by.join(', ')} names, got ${listed(tags)}; push it there, or correct the tag`,
      );
  const digests = new Set(source.flatMap(({ parts }) => parts.map(({ digest }) => digest)));
  for (const [digest, { by, told }] of wanted.digests) {
    if (digests.has(digest)) continue;
    const found = `${by} names ${where}@${digest}, which no tag that is copied has`;
    if (present.has(digest)) notes.push(`${found}; it is whole at ${to.host} already`);
    else if (told) faults.push(`${found}; tag it, so that Forgejo keeps it`);
    else notes.push(`${found}: it runs what can be pulled from nowhere after a restart`);
  }
  for (const [lower, spelled] of sameInLowerCase(source))
    if (new Set(spelled.map(({ digest }) => digest)).size > 1)
      faults.push(
        `${where}: Forgejo keeps tags in lower case, got ${spelled.map(({ tag }) => `"${tag}"`).join(' and ')}, of different content, for "${lower}"; delete or rename one`,
      );
  for (const { tag, missing, nested: [type] = [], unparsed = [] } of source) {
    if (missing.length > 0)
      faults.push(
        `${where}:${tag}: is not whole where it comes from, got ${missing.map(({ digest, how }) => `${digest} ${how}`).join(', ')}; push it again, or delete the tag`,
      );
    if (type !== undefined)
      faults.push(
        `${where}:${tag}: is an index that Forgejo refuses, got a part of type "${type}"; push what it holds as images of one index, or delete the tag`,
      );
    if (unparsed.length > 0)
      faults.push(
        `${where}:${tag}: is an image that Forgejo refuses, which cannot parse a configuration, got ${unparsed.join(' and ')}; build it again, or delete the tag`,
      );
  }
  const sent = new Set<string>();
  const items = inOrder(source).map((each): CopyItem => {
    const at = target.get(each.tag.toLowerCase());
    const state = stateOf(wanted, each, at);
    const isFull = state === 'absent' || state === 'moved';
    const missing = state === 'half' ? (at?.missing ?? []) : [];
    const travels = (isFull ? each.parts : missing).filter(({ digest }) => !sent.has(digest));
    for (const { digest } of travels) sent.add(digest);
    return {
      ...{
        image: wanted.image.name,
        digest: each.digest,
        createdMs: each.createdMs,
        state,
        missing,
        there: at?.digest,
      },
      from: { ...from, tag: each.tag },
      to: { ...to, tag: each.tag.toLowerCase() },
      by: [...wanted.tags].flatMap(([tag, by]) => (isSpelled(each, tag) ? by : [])),
      bytes: travels.reduce((sum, { size }) => sum + size, 0),
    };
  });
  const unique = new Map(items.map((item) => [item.to.tag, item]));
  return { items: [...unique.values()], faults, notes };
}

/** `imageNamePattern` of its routers/api/packages/container. */
const forgejoName = /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/;

function stateOf({ image }: Wanted, each: SourceTag, at: ReturnType<Survey['target']['get']>): TargetState {
  if (at === undefined) return 'absent';
  if (at.digest === each.digest) return isWhole(at) ? 'whole' : 'half';
  // A fallback tag of the referrers API grows with each thing that is attached; none has a time of its own.
  if (isAttached(each.tag)) return holdsAll(each, at) ? 'moved' : 'other';
  const isNewer = (each.createdMs ?? 0) > (at.createdMs ?? Infinity);
  return image.floating !== undefined && isNewer ? 'moved' : 'other';
}

const holdsAll = (each: SourceTag, at: NonNullable<ReturnType<Survey['target']['get']>>): boolean => {
  const has = new Set(each.parts.map(({ digest }) => digest));
  return at.parts.every(({ digest }) => digest === at.digest || has.has(digest));
};
const isWhole = (at: ReturnType<Survey['target']['get']>): boolean => at?.missing.length === 0;
/** A reference to the target may spell the source's tag in lower case. */
const isSpelled = ({ tag }: SourceTag, named: string): boolean =>
  tag === named || tag.toLowerCase() === named;
const isAttached = (tag: string): boolean => isTag(tag) && subjectOf(tag) !== undefined;
const listed = (tags: readonly string[]): string =>
  tags.length === 0
    ? 'none at all'
    : `${tags.slice(0, 5).join(', ')}${tags.length > 5 ? ` and ${tags.length - 5} more` : ''}`;

function sameInLowerCase(source: readonly SourceTag[]): Map<string, SourceTag[]> {
  const spelled = new Map<string, SourceTag[]>();
  for (const each of source) {
    const lower = each.tag.toLowerCase();
    spelled.set(lower, [...(spelled.get(lower) ?? []), each]);
  }
  return spelled;
}

/** The oldest first; what is attached to an image by name comes behind all images. */
function inOrder(source: readonly SourceTag[]): SourceTag[] {
  const rank = ({ tag, createdMs }: SourceTag): number => (isAttached(tag) ? Infinity : (createdMs ?? 0));
  const natural = new Intl.Collator('en', { numeric: true });
  return [...source].sort((a, b) =>
    rank(a) === rank(b) ? natural.compare(a.tag, b.tag) : rank(a) - rank(b),
  );
}
