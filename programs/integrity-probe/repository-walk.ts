import type { Semaphore } from '../../clients/concurrency';
import { forEachConcurrently } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import { ServerError } from '../../clients/http/errors';
import {
  type Descriptor,
  isBuildCache,
  type Manifest,
  MediaTypeError,
  parseManifest,
} from '../../clients/oci/manifest';
import { isDigest, isTag } from '../../clients/oci/reference';
import type { ByteCheck } from './byte-check';
import { diagnose } from './diagnosis';
import type { Fault, FaultKind, Finding } from './fault';
import { Memo } from './memo';

/** What was looked at, counted once per repository and digest. */
export interface Tally {
  tags: number;
  indexes: number;
  manifests: number;
  blobs: number;
}

export interface RepositoryWalkProps {
  readonly client: RegistryClient;
  readonly repository: string;
  /** Tags and digests that the cluster pulls; they are looked for even when the registry does not list them. */
  readonly deployed: ReadonlySet<string>;
  readonly byteCheck: ByteCheck;
  readonly tally: Tally;
  /** Bounds the references under way over all repositories, and with them the memory. */
  readonly references: Semaphore;
  readonly maxReferences: number;
  readonly onFault: (fault: Fault) => void;
}

/** A manifest as read. Its bytes and what it repeats are let go of: many are under way at a time. */
interface ReadManifest {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** What it names, or why that cannot be told. */
  readonly content: Content | Finding;
}

interface Content {
  readonly partsAre: 'manifests' | 'blobs';
  /** Each once, under the step to where it stands first. */
  readonly parts: ReadonlyMap<string, Descriptor>;
  /** It names more than is looked at. */
  readonly cut: boolean;
}

/** A manifest may name manifests that name manifests; deeper than this is not an image. */
const maxDepth = 8;
/** Different parts of one manifest that are looked at; images have some dozens. */
const maxParts = 500;
/** Tags of one repository that are looked at. */
const maxTags = 200_000;
/** Names that look faulty and are looked at again. */
const maxSuspects = 20_000;
/** A name that was made up to be long is told by its beginning. */
const maxNameLength = 140;

/**
 * Checks every name of one repository down to its layers; answers how many tags it has. What looks faulty is looked at a
 * second time at the end, when a tag that was moved or deleted in the meantime has explained itself.
 */
export async function walkRepository(props: RepositoryWalkProps): Promise<number> {
  return new RepositoryWalk(props).run();
}

class RepositoryWalk {
  readonly #props: RepositoryWalkProps;
  readonly #manifests = new Memo();
  readonly #blobs = new Memo();
  readonly #suspects = new Set<string>();
  #unsuspected = 0;

  constructor(props: RepositoryWalkProps) {
    this.#props = props;
  }

  async run(): Promise<number> {
    const { deployed } = this.#props;
    let tags = 0;
    // First and to the end: what they share with other tags is then read on their schedule.
    await this.#each(deployed, async (reference) => this.#suspect(reference, true));
    await this.#each(this.#listedTags(), async (tag) => {
      tags += 1;
      this.#props.tally.tags += 1;
      if (!deployed.has(tag)) await this.#suspect(tag, false);
    });
    if (this.#suspects.size > 0) await this.#confirm();
    if (this.#unsuspected > 0) this.#report('*', tooMany('names look faulty', maxSuspects));
    if (tags === maxTags) this.#report('*', tooMany('tags are listed', maxTags));
    return tags;
  }

  #report(reference: string, finding: Finding): void {
    const { repository, onFault } = this.#props;
    const shown = reference.length > maxNameLength ? `${reference.slice(0, maxNameLength)}…` : reference;
    onFault({ repository, reference: shown, ...finding });
  }

  async #suspect(reference: string, deployed: boolean): Promise<void> {
    if ((await this.#findings(reference, deployed)).length === 0) return;
    if (this.#suspects.size < maxSuspects) this.#suspects.add(reference);
    else this.#unsuspected += 1;
  }

  async #confirm(): Promise<void> {
    const { deployed } = this.#props;
    const standing = new Set([...this.#suspects].filter((reference) => deployed.has(reference)));
    for await (const tag of this.#listedTags()) if (this.#suspects.has(tag)) standing.add(tag);
    this.#manifests.forgetFaults();
    this.#blobs.forgetFaults();
    await this.#each(standing, async (reference) => {
      const findings = await this.#findings(reference, deployed.has(reference));
      for (const finding of findings) this.#report(reference, finding);
    });
  }

  async #each(
    references: AsyncIterable<string> | Iterable<string>,
    task: (reference: string) => Promise<void>,
  ): Promise<void> {
    const { references: semaphore, maxReferences } = this.#props;
    await forEachConcurrently(references, maxReferences, (reference) => semaphore.run(() => task(reference)));
  }

  /** registry:2 keeps a repository in its catalogue that has no tag left, and answers 404 for its list. */
  async *#listedTags(): AsyncGenerator<string, void, undefined> {
    const { client, repository } = this.#props;
    let count = 0;
    try {
      for await (const tag of client.tags(repository)) {
        yield tag;
        if ((count += 1) === maxTags) return;
      }
    } catch (error) {
      if (error instanceof ServerError && error.kind === 'not-found') return;
      throw error;
    }
  }

  async #findings(reference: string, deployed: boolean): Promise<readonly Finding[]> {
    if (!isTag(reference) && !isDigest(reference)) return [malformedTag];
    const read = await this.#read(reference);
    if (!('content' in read)) return [read];
    return this.#manifests.findings(read.digest, read.sizeBytes, () => this.#manifest(read, deployed, 0));
  }

  async #read(reference: string): Promise<ReadManifest | Finding> {
    const { client, repository } = this.#props;
    try {
      const { body, digest, mediaType } = await client.getManifest(repository, reference);
      return { digest, mediaType, sizeBytes: body.length, content: contentOf(body, digest, mediaType) };
    } catch (error) {
      const digest = isDigest(reference) ? { digest: reference } : {};
      return { ...(await diagnose(client, error, 'manifest')), ...digest, path: [] };
    }
  }

  async #manifest(
    { digest, content }: ReadManifest,
    deployed: boolean,
    depth: number,
  ): Promise<readonly Finding[]> {
    const { tally } = this.#props;
    tally.manifests += 1;
    if ('detail' in content) return [content];
    if (content.partsAre === 'manifests') tally.indexes += 1;
    if (depth === maxDepth) return [finding('unreadable', `nested more than ${maxDepth} deep`, digest)];
    const findings = await Promise.all(
      [...content.parts].map(async ([step, part]) => {
        const found = await (content.partsAre === 'manifests'
          ? this.#child(part, deployed, depth + 1)
          : this.#blob(part, deployed));
        return found.map((finding) => ({ ...finding, path: [step, ...finding.path] }));
      }),
    );
    return [
      ...findings.flat(),
      ...(content.cut ? [tooMany('different parts are named', maxParts, digest)] : []),
    ];
  }

  async #child(child: Descriptor, deployed: boolean, depth: number): Promise<readonly Finding[]> {
    const { digest, size, mediaType } = child;
    if (!isDigest(digest)) return [malformedDigest(digest)];
    return this.#manifests.findings(digest, size, async () => {
      const read = await this.#read(digest);
      if (!('content' in read)) return [read];
      const own: Finding[] = [];
      if (read.sizeBytes !== size) own.push(wrongSize(digest, size, read.sizeBytes));
      const found = await this.#manifest(read, deployed, depth);
      if (found.length === 0 && read.mediaType !== mediaType) {
        const detail = `the index says "${mediaType}", the registry serves "${read.mediaType}"`;
        own.push(finding('bad-media-type', detail, digest));
      }
      return [...own, ...found];
    });
  }

  async #blob(blob: Descriptor, deployed: boolean): Promise<readonly Finding[]> {
    const { digest, size, urls = [], mediaType } = blob;
    // A foreign layer is fetched from where it says, and need not be here; of others that is one place more.
    if (urls.length > 0 && /\.(foreign|nondistributable)\./.test(mediaType)) return [];
    if (!isDigest(digest)) return [malformedDigest(digest)];
    return this.#blobs.findings(digest, size, async () => {
      this.#props.tally.blobs += 1;
      return this.#bytes(blob, deployed);
    });
  }

  async #bytes(blob: Descriptor, deployed: boolean): Promise<readonly Finding[]> {
    const { client, repository, byteCheck } = this.#props;
    const { digest, size } = blob;
    let reading = false;
    try {
      const { bytes, here } = await byteCheck.verify(blob, deployed, async () => {
        reading = true;
        await client.verifyBlob(repository, blob);
        reading = false;
      });
      reading ||= bytes instanceof ServerError;
      // Bytes are stored once for all repositories, but each has its own link to them (registry:2) or row (Forgejo).
      const stat = here ? {} : await client.statBlob(repository, blob);
      if (bytes instanceof ServerError) throw bytes;
      return stat.size === undefined || stat.size === size ? [] : [wrongSize(digest, size, stat.size)];
    } catch (error) {
      const found = { ...(await diagnose(client, error, 'blob')), digest, path: [] };
      return [reading ? { ...found, byReading: true } : found];
    }
  }
}

function contentOf(body: Buffer, digest: string, servedAs: string): Content | Finding {
  let manifest: Manifest;
  try {
    manifest = parseManifest(body, servedAs);
  } catch (error) {
    const kind = error instanceof MediaTypeError ? 'bad-media-type' : 'unreadable';
    return finding(kind, (error as Error).message, digest);
  }
  const { kind } = manifest;
  const named = kind === 'index' ? manifest.children : manifest.layers;
  // What BuildKit caches are layers, in whatever it lists them.
  const partsAre = kind === 'index' && !isBuildCache(manifest) ? 'manifests' : 'blobs';
  const parts = new Map<string, Descriptor>(kind === 'index' ? [] : [['config', manifest.config]]);
  const seen = new Set<string>();
  for (const [place, part] of named.entries()) {
    const key = `${part.digest} ${part.size} ${part.mediaType}`;
    if (seen.has(key)) continue;
    if (parts.size >= maxParts) return { partsAre, parts, cut: true };
    seen.add(key);
    parts.set(`${kind === 'index' ? 'manifests' : 'layers'}[${place}]`, part);
  }
  return { partsAre, parts, cut: false };
}

function finding(kind: FaultKind, detail: string, digest?: string): Finding {
  return { kind, path: [], detail, ...(digest === undefined ? {} : { digest }) };
}

const malformedTag = finding(
  'malformed-name',
  'the registry lists a tag that is none, so that nothing can pull it; delete it in the registry',
);

function tooMany(what: string, limit: number, digest?: string): Finding {
  return finding('too-many', `more than ${limit} ${what}; those beyond were not looked at`, digest);
}

function wrongSize(digest: string, expected: number, got: number): Finding {
  return finding('size-mismatch', `not the ${expected} bytes that its descriptor says, got ${got}`, digest);
}

function malformedDigest(digest: string): Finding {
  return finding('unreadable', `the descriptor's digest is malformed, got "${digest}"`);
}
