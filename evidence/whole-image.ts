import { Semaphore } from '../clients/concurrency';
import { isNotFound, ServerError, unlessNotFound } from '../clients/http/errors';
import type { RegistryClient, ServedHead, ServedManifest } from '../clients/oci/client';
import { parseManifest, type Descriptor, type Manifest } from '../clients/oci/manifest';

/** The most manifests and blobs of one image that are asked for. */
const maxParts = 10_000;

export async function digestOf(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  return (await servedOf(client, repository, tag))?.digest;
}

/** What a tag names, or undefined where there is none. */
export async function servedOf(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<ServedManifest | undefined> {
  return unlessNotFound(client.getManifest(repository, tag));
}

/** None where the registry has no such repository. */
export async function tagsOf(client: RegistryClient, repository: string): Promise<readonly string[]> {
  const tags: string[] = [];
  try {
    for await (const tag of client.tags(repository)) tags.push(tag);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return tags;
}

export interface Part {
  readonly kind: 'manifest' | 'blob';
  readonly digest: string;
  readonly size: number;
}

export interface ImageParts {
  readonly parts: readonly Part[];
  /** `gone`, or stored with other bytes than its digest says. */
  readonly missing: readonly (Part & { readonly how: 'gone' | 'damaged' })[];
}

/** Rejects with what is wrong with a blob; may answer its size. */
export type LookAt = (repository: string, blob: Descriptor, isConfig: boolean) => Promise<unknown>;

export interface PartsProps {
  /** Shared by all that is looked at, at the same time. @default eight requests */
  readonly requests?: Semaphore;
  /** Takes its place among the requests itself. @default asks whether it is there, and of its size */
  readonly lookAt?: LookAt;
  /** The manifest itself, where it was asked for by its tag. */
  readonly served?: ServedManifest | undefined;
}

/** What many images of a repository share is looked at once; what was not found to be whole, anew for each. */
export function onceEach(
  requests: Semaphore,
  lookAt: (repository: string, blob: Descriptor) => Promise<unknown>,
): LookAt {
  const looks = new Map<string, Promise<unknown>>();
  return (repository, blob) => {
    // Its size too: manifests may tell different ones.
    const key = `${repository}@${blob.digest} ${blob.size}`;
    const known = looks.get(key);
    if (known !== undefined) return known;
    const look = requests.run(() => lookAt(repository, blob));
    looks.set(key, look);
    look.catch(() => looks.delete(key));
    return look;
  };
}

/** As {@link partsOf}, of what is missing the digests. */
export async function missingParts(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<readonly string[]> {
  return (await partsOf(client, repository, digest)).missing.map((part) => part.digest);
}

/**
 * What an image is made of, and what of it its registry does not have, or not of the size that it must have; each part is
 * asked for once. What cannot be asked, for the moment or with this login, is no answer.
 * @throws ServerError, and where an image has more parts than any that was built
 */
export async function partsOf(
  client: RegistryClient,
  repository: string,
  digest: string,
  {
    requests = new Semaphore(8),
    served: top,
    lookAt = (name, blob): Promise<unknown> => requests.run(() => client.statBlob(name, blob)),
  }: PartsProps = {},
): Promise<ImageParts> {
  const parts: Part[] = [];
  const missing: (Part & { how: 'gone' | 'damaged' })[] = [];
  const seen = new Set<string>();
  const add = (part: Part): Part => {
    if (parts.length === maxParts)
      throw new Error(
        `${repository}@${digest}: is made of too much to be looked at, got more than ${maxParts} parts; push an image with fewer`,
      );
    parts.push(part);
    return part;
  };
  const ask = async <T>(part: Part, asking: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await asking();
    } catch (error) {
      if (!(error instanceof ServerError) || !lost.has(error.kind)) throw error;
      missing.push({ ...part, how: error.kind === 'not-found' ? 'gone' : 'damaged' });
      return undefined;
    }
  };
  const isNew = (part: string): boolean => seen.size < seen.add(part).size;
  const look = async (at: { readonly digest: string; readonly size: number }): Promise<void> => {
    const part = add({ kind: 'manifest', digest: at.digest, size: at.size });
    const served =
      top?.digest === at.digest
        ? top
        : await ask(part, () => requests.run(() => client.getManifest(repository, at.digest)));
    if (served === undefined) return;
    const manifest = parsed(served);
    if (manifest === undefined) {
      missing.push({ ...part, how: 'damaged' });
      return;
    }
    if (manifest.kind === 'index') {
      await all(manifest.children.filter((child) => isNew(child.digest)).map(look));
      return;
    }
    const isOurs = ({ urls = [] }: Descriptor): boolean => urls.length === 0;
    const blobs = [manifest.config, ...manifest.layers].filter(isOurs).filter((blob) => isNew(blob.digest));
    await all(
      blobs.map(async (blob) => {
        const part = add({ kind: 'blob', digest: blob.digest, size: blob.size });
        const look = (): Promise<unknown> => lookAt(repository, blob, blob === manifest.config);
        const { size = blob.size } = ((await ask(part, look)) ?? {}) as ServedHead;
        // Longer than its manifest says: neither a runtime nor Forgejo takes it.
        if (size !== blob.size) missing.push({ ...part, how: 'damaged' });
      }),
    );
  };
  await look({ digest, size: 0 });
  return { parts, missing };
}

/** `undefined` for what is no image manifest and no index: it is named with its place, and the rest is looked at. */
function parsed({ body, mediaType }: ServedManifest): Manifest | undefined {
  try {
    return parseManifest(body, mediaType);
  } catch {
    return undefined;
  }
}

const lost = new Set(['not-found', 'digest-mismatch', 'size-mismatch', 'malformed']);

/** Waits for all of them before the first failure is thrown: nothing is asked any more behind the caller's back. */
async function all(tasks: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
