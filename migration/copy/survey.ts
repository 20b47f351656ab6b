import type { Semaphore } from '../../clients/concurrency';
import { forEachConcurrently } from '../../clients/concurrency';
import { isTag, subjectOf } from '../../clients/forgejo/tag';
import { ServerError } from '../../clients/http/errors';
import type { RegistryClient, ServedManifest } from '../../clients/oci/client';
import {
  isBuildCache,
  nestedTypes,
  parseManifest,
  type Descriptor,
  type Manifest,
} from '../../clients/oci/manifest';
import { createdAt } from '../../evidence/created-at';
import { onceEach, partsOf, servedOf, tagsOf, type ImageParts } from '../../evidence/whole-image';
import { configFault } from './forgejo-config';

export interface SourceTag extends ImageParts {
  readonly tag: string;
  readonly digest: string;
  /** What its configuration says; undefined where that says nothing, or the epoch of a reproducible build. */
  readonly createdMs: number | undefined;
  /** Types of an index's parts for which Forgejo refuses it. @default none */
  readonly nested?: readonly string[];
  /** Configurations that Forgejo cannot parse, for which it answers 500, and why. @default none */
  readonly unparsed?: readonly string[];
}

export interface TargetTag extends ImageParts {
  readonly digest: string;
  readonly createdMs: number | undefined;
}

export interface Survey {
  /** Of the source: names that are tags, with a manifest behind each. */
  readonly tags: readonly string[];
  /** What is to be copied and exists: what is named, the newest, and what is attached to these by name. */
  readonly source: readonly SourceTag[];
  /** Tags of the source that hold a build's cache, which is not copied. */
  readonly caches: readonly string[];
  /** By its name there, which is in lower case. */
  readonly target: ReadonlyMap<string, TargetTag>;
  /** What is named by its digest, no tag of the source has, and the target has whole. */
  readonly present: ReadonlySet<string>;
}

export interface SurveyProps {
  readonly from: { readonly client: RegistryClient; readonly repository: string };
  readonly to: { readonly client: RegistryClient; readonly repository: string };
  readonly named: readonly string[];
  /** Content that is named by its digest. */
  readonly digests: readonly string[];
  readonly newest: number;
  /** Shared by all that is asked at the same time. */
  readonly requests: Semaphore;
}

export async function surveyRepository({
  from,
  to,
  named,
  digests,
  newest,
  requests,
}: SurveyProps): Promise<Survey> {
  const tags = (await tagsOf(from.client, from.repository)).filter(isTag);
  const subjects = new Map<string, string | undefined>(tags.map((tag) => [tag, subjectOf(tag)]));
  const caches: string[] = [];
  const configs = new Map<string, Promise<Buffer>>();
  const read = ({ digest }: Descriptor): Promise<Buffer> => {
    const bytes = configs.get(digest) ?? from.client.getBlob(from.repository, digest);
    configs.set(digest, bytes);
    return bytes;
  };
  const heads = new Map<string, { served: ServedManifest; createdMs: number | undefined }>();
  await forEachConcurrently(tags, width, async (tag) => {
    const served = await requests.run(() => servedOf(from.client, from.repository, tag));
    if (served === undefined) return;
    if (seenIn(served, isBuildCache) === true) {
      caches.push(tag);
      return;
    }
    const isAttached = subjects.get(tag) !== undefined;
    const createdMs = isAttached
      ? undefined
      : await requests.run(() => createdAt(from.client, from.repository, served, read));
    heads.set(tag, { served, createdMs });
  });
  const byAge = [...heads]
    .filter(([tag]) => subjects.get(tag) === undefined)
    .sort(([a, { createdMs: x = 0 }], [b, { createdMs: y = 0 }]) => y - x || natural.compare(b, a))
    .map(([tag]) => tag);
  const source = new Map<string, SourceTag>();
  const held = new Set<string>();
  const wanted = [...heads.keys()].filter((tag) => named.includes(tag) || named.includes(tag.toLowerCase()));
  const lookFrom = onceEach(requests, (name, blob) => from.client.statBlob(name, blob));
  let open = [...new Set([...wanted, ...byAge.slice(0, newest)])];
  while (open.length > 0) {
    await forEachConcurrently(open, width, async (tag) => {
      const head = heads.get(tag);
      if (head === undefined) return;
      const { served, createdMs } = head;
      const unparsed: string[] = [];
      const parts = await partsOf(from.client, from.repository, served.digest, {
        ...{ requests, served },
        lookAt: async (name, blob, isConfig) => {
          const bytes = isConfig ? await unlessLarge(requests.run(() => read(blob))) : undefined;
          if (bytes === undefined) return lookFrom(name, blob, isConfig);
          const fault = configFault(blob.mediaType, bytes.toString('utf8'));
          if (fault !== undefined) unparsed.push(`${blob.digest}, where ${fault}`);
          return { size: bytes.byteLength };
        },
      });
      source.set(tag, {
        tag,
        digest: served.digest,
        createdMs,
        nested: seenIn(served, nestedTypes) ?? [],
        unparsed: unparsed.sort(),
        ...parts,
      });
      for (const { kind, digest } of parts.parts) if (kind === 'manifest') held.add(digest);
    });
    open = [...subjects]
      .filter(([tag, subject]) => subject !== undefined && held.has(subject) && !source.has(tag))
      .filter(([tag]) => heads.has(tag))
      .map(([tag]) => tag);
  }
  const target = new Map<string, TargetTag>();
  const lookAt = onceEach(requests, (name, blob) => to.client.statBlob(name, blob));
  const looked = new Set([...source.keys(), ...named].map((tag) => tag.toLowerCase()));
  const there = (await tagsOf(to.client, to.repository)).filter((tag) => looked.has(tag));
  await forEachConcurrently(there, width, async (tag) => {
    const served = await requests.run(() => servedOf(to.client, to.repository, tag));
    if (served === undefined) return;
    const { digest } = served;
    const parts = await partsOf(to.client, to.repository, digest, { requests, served, lookAt });
    const isSame = [...source.values()].some((each) => each.digest === digest);
    const createdMs = isSame ? undefined : await createdAt(to.client, to.repository, served);
    target.set(tag, { digest, createdMs, ...parts });
  });
  const copied = new Set([...source.values()].flatMap(({ parts }) => parts.map(({ digest }) => digest)));
  const present = new Set<string>();
  await forEachConcurrently(digests, width, async (digest) => {
    if (copied.has(digest)) return;
    const served = await requests.run(() => servedOf(to.client, to.repository, digest));
    if (served === undefined) return;
    const { missing } = await partsOf(to.client, to.repository, digest, { requests, served, lookAt });
    if (missing.length === 0) present.add(digest);
  });
  return {
    ...{ tags: [...heads.keys()].sort(natural.compare), caches: caches.sort(natural.compare) },
    ...{ target, present },
    source: [...source.values()].sort((a, b) => natural.compare(a.tag, b.tag)),
  };
}

const width = 16;
const natural = new Intl.Collator('en', { numeric: true });

/** Undefined for a configuration that is too large to be held, as an artifact's may be. */
async function unlessLarge(bytes: Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await bytes;
  } catch (error) {
    if (error instanceof ServerError && error.kind === 'too-large') return undefined;
    throw error;
  }
}

function seenIn<T>({ body, mediaType }: ServedManifest, see: (manifest: Manifest) => T): T | undefined {
  try {
    return see(parseManifest(body, mediaType));
  } catch {
    return undefined; // Its fault is told with its parts.
  }
}
