import type { Semaphore } from '../../clients/concurrency';
import { forEachConcurrently } from '../../clients/concurrency';
import type { RegistryClient, ServedManifest } from '../../clients/oci/client';
import { RegistryError } from '../../clients/http/errors';
import { type Descriptor, type Manifest, MediaTypeError, parseManifest } from '../../clients/oci/manifest';
import { isDigest } from '../../clients/oci/reference';
import type { ByteCheck } from './byte-check';
import { diagnose } from './diagnosis';
import type { Fault, Finding } from './fault';
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

/** A manifest may name manifests that name manifests; deeper than this is not an image. */
const maxDepth = 8;

/**
 * Checks every name of one repository down to its layers. What looks faulty is looked at a second time at the end,
 * when a tag that was moved or deleted in the meantime has explained itself.
 */
export async function walkRepository(props: RepositoryWalkProps): Promise<void> {
  await new RepositoryWalk(props).run();
}

class RepositoryWalk {
  readonly #props: RepositoryWalkProps;
  readonly #manifests = new Memo();
  readonly #blobs = new Memo();
  readonly #suspects = new Set<string>();

  constructor(props: RepositoryWalkProps) {
    this.#props = props;
  }

  async run(): Promise<void> {
    const { deployed } = this.#props;
    // First and to the end: what they share with other tags is then read on their schedule.
    await this.#each(deployed, async (reference) => this.#suspect(reference, true));
    await this.#each(this.#listedTags(), async (tag) => {
      this.#props.tally.tags += 1;
      if (!deployed.has(tag)) await this.#suspect(tag, false);
    });
    if (this.#suspects.size > 0) await this.#confirm();
  }

  async #suspect(reference: string, deployed: boolean): Promise<void> {
    if ((await this.#findings(reference, deployed)).length > 0) this.#suspects.add(reference);
  }

  async #confirm(): Promise<void> {
    const { repository, deployed, onFault } = this.#props;
    const standing = new Set([...this.#suspects].filter((reference) => deployed.has(reference)));
    for await (const tag of this.#listedTags()) if (this.#suspects.has(tag)) standing.add(tag);
    this.#manifests.forgetFaults();
    this.#blobs.forgetFaults();
    await this.#each(standing, async (reference) => {
      const findings = await this.#findings(reference, deployed.has(reference));
      for (const finding of findings) onFault({ repository, reference, ...finding });
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
    try {
      yield* client.tags(repository);
    } catch (error) {
      if (error instanceof RegistryError && error.kind === 'not-found') return;
      throw error;
    }
  }

  async #findings(reference: string, deployed: boolean): Promise<readonly Finding[]> {
    const served = await this.#get(reference);
    if (!('body' in served)) return [served];
    const { digest, body } = served;
    return this.#manifests.findings(digest, body.length, () => this.#manifest(served, deployed, 0));
  }

  async #get(reference: string): Promise<ServedManifest | Finding> {
    const { client, repository } = this.#props;
    try {
      return await client.getManifest(repository, reference);
    } catch (error) {
      const digest = isDigest(reference) ? { digest: reference } : {};
      return { ...(await diagnose(client, error, 'manifest')), ...digest, path: [] };
    }
  }

  async #manifest(served: ServedManifest, deployed: boolean, depth: number): Promise<readonly Finding[]> {
    const { tally } = this.#props;
    tally.manifests += 1;
    let manifest: Manifest;
    try {
      manifest = parseManifest(served.body, served.mediaType);
    } catch (error) {
      const kind = error instanceof MediaTypeError ? 'bad-media-type' : 'unreadable';
      return [{ kind, digest: served.digest, path: [], detail: (error as Error).message }];
    }
    if (manifest.kind === 'index') {
      tally.indexes += 1;
      if (depth === maxDepth) {
        const detail = `nested more than ${maxDepth} deep`;
        return [{ kind: 'unreadable', digest: served.digest, path: [], detail }];
      }
      return this.#parts(manifest.children, 'manifests', (child) => this.#child(child, deployed, depth + 1));
    }
    const config = await this.#parts([manifest.config], 'config', (blob) => this.#blob(blob, deployed));
    const layers = await this.#parts(manifest.layers, 'layers', (blob) => this.#blob(blob, deployed));
    return [...config, ...layers];
  }

  async #parts(
    descriptors: readonly Descriptor[],
    name: string,
    check: (descriptor: Descriptor) => Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> {
    const findings = await Promise.all(descriptors.map(check));
    return findings.flatMap((found, position) => {
      const step = name === 'config' ? name : `${name}[${position}]`;
      return found.map((finding) => ({ ...finding, path: [step, ...finding.path] }));
    });
  }

  async #child(child: Descriptor, deployed: boolean, depth: number): Promise<readonly Finding[]> {
    const { digest, size, mediaType } = child;
    if (!isDigest(digest)) return [malformedDigest(digest)];
    return this.#manifests.findings(digest, size, async () => {
      const served = await this.#get(digest);
      if (!('body' in served)) return [served];
      const own: Finding[] = [];
      if (served.body.length !== size) own.push(wrongSize(digest, size, served.body.length));
      const found = await this.#manifest(served, deployed, depth);
      if (found.length === 0 && served.mediaType !== mediaType) {
        const detail = `the index says "${mediaType}", the registry serves "${served.mediaType}"`;
        own.push({ kind: 'bad-media-type', digest, path: [], detail });
      }
      return [...own, ...found];
    });
  }

  async #blob(blob: Descriptor, deployed: boolean): Promise<readonly Finding[]> {
    const { digest, size, urls } = blob;
    // A foreign layer is fetched from where it says, and need not be here.
    if (urls !== undefined && urls.length > 0) return [];
    if (!isDigest(digest)) return [malformedDigest(digest)];
    return this.#blobs.findings(digest, size, async () => {
      this.#props.tally.blobs += 1;
      return this.#bytes(blob, deployed);
    });
  }

  async #bytes(blob: Descriptor, deployed: boolean): Promise<readonly Finding[]> {
    const { client, repository, byteCheck } = this.#props;
    const { digest, size } = blob;
    try {
      const { bytes, here } = await byteCheck.verify(blob, deployed, () =>
        client.verifyBlob(repository, blob),
      );
      // Bytes are stored once for all repositories, but each has its own link to them (registry:2) or row (Forgejo).
      const head = here ? {} : await client.headBlob(repository, digest);
      if (bytes instanceof RegistryError) throw bytes;
      return head.size === undefined || head.size === size ? [] : [wrongSize(digest, size, head.size)];
    } catch (error) {
      return [{ ...(await diagnose(client, error, 'blob')), digest, path: [] }];
    }
  }
}

function wrongSize(digest: string, expected: number, got: number): Finding {
  const detail = `not the ${expected} bytes that its descriptor says, got ${got}`;
  return { kind: 'size-mismatch', digest, path: [], detail };
}

function malformedDigest(digest: string): Finding {
  return { kind: 'unreadable', path: [], detail: `the descriptor's digest is malformed, got "${digest}"` };
}
