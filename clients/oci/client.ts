import { createHash } from 'node:crypto';
import { Semaphore } from '../concurrency';
import { ServerError, type ServerErrorKind } from '../http/errors';
import type { HttpResponse } from '../http/exchange';
import type { Descriptor } from './manifest';
import { mediaTypes } from './manifest';
import { namesOf, nextPage } from './pagination';
import { isDigest, isRepository, isTag } from './reference';
import { parseJson, refuseExcess } from '../http/json';
import { ByteBudget, chunksOf, readLimited } from '../http/response';
import { Transport, type ServerRequest, type TransportProps } from '../http/transport';

export interface RegistryClientProps extends TransportProps {
  /** Scheme, host and port, e.g. `http://forgejo.forgejo.svc.cluster.local`. */
  readonly url: string;
  /** A larger manifest is refused; the specification lets registries refuse what is above this. @default 4 MiB */
  readonly maxManifestBytes?: number;
  /** A blob that comes slower than this, headers aside, is given up. @default 1 MiB/s */
  readonly minBlobBytesPerSecond?: number;
}

/** A manifest as served: its bytes hash to `digest`. */
export interface ServedManifest {
  readonly body: Buffer;
  /** The `Content-Type` of the answer without its parameters; empty when there is none. */
  readonly mediaType: string;
  readonly digest: string;
}

/** What HEAD tells of a manifest or blob; a registry may leave any of it out. */
export interface ServedHead {
  readonly digest?: string;
  readonly size?: number;
  readonly mediaType?: string;
}

const MiB = 1024 * 1024;
/** The most that registry:2 accepts; Forgejo answers with pages of at most 100. */
const pageSize = 1000;
/** A thousand children with a platform each, or two thousand layers. */
const maxManifestValues = 10_000;
/** A larger page of names is refused: registry:2 writes all tags of a repository on one. */
const maxListBytes = 8 * MiB;
const maxNamesOfPage = 200_000;
const maxPages = 10_000;
const maxRepositories = 20_000;
const maxTagsOfRepository = 500_000;
/** Of all lists that are being gone through: the names of one byte take three in memory. */
const maxHeldListBytes = 10 * MiB;
const acceptManifests = Object.values(mediaTypes).join(', ');

/**
 * One registry, by the OCI distribution specification, over Node's own HTTP. Every method throws
 * {@link ServerError}; what it reads by digest or with an announced digest is re-hashed before it is returned.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export class RegistryClient {
  readonly url: URL;
  readonly #transport: Transport;
  readonly #maxManifestBytes: number;
  readonly #lists = new ByteBudget(maxHeldListBytes);
  readonly #minBlobBytesPerSecond: number;
  readonly #asksForRange = new Semaphore(1);
  #ranges: 'known' | 'unknown' | undefined;

  constructor(props: RegistryClientProps) {
    this.url = originOf(props.url);
    if (props.credentials?.username === '' || props.credentials?.password === '') {
      throw new Error(
        `registry client for ${this.url.origin}: user or token is empty; fill the Secret, or leave both out to ask anonymously`,
      );
    }
    this.#transport = new Transport(props);
    this.#maxManifestBytes = props.maxManifestBytes ?? 4 * MiB;
    this.#minBlobBytesPerSecond = props.minBlobBytesPerSecond ?? MiB;
  }

  /**
   * Resolves when the registry answers and accepts the credentials. Not by `/v2/`: Gitea takes its slash away before it
   * looks for Basic credentials, and refuses them there alone (services/auth, 1.25.5).
   */
  async ping(): Promise<void> {
    await this.#transport.send(this.#request('GET', '/v2/_catalog?n=1', 'registry:catalog:*'), discard);
  }

  /** Every repository that these credentials may see; Forgejo shows a weaker token fewer, without an error. */
  catalog(): AsyncGenerator<string, void, undefined> {
    return this.#pages('/v2/_catalog', 'repositories', 'registry:catalog:*', maxRepositories);
  }

  tags(repository: string): AsyncGenerator<string, void, undefined> {
    return this.#pages(`/v2/${checked(repository)}/tags/list`, 'tags', pull(repository), maxTagsOfRepository);
  }

  async headManifest(repository: string, reference: string): Promise<ServedHead> {
    return this.#transport.send(this.#manifestRequest('HEAD', repository, reference), headOf);
  }

  async getManifest(repository: string, reference: string): Promise<ServedManifest> {
    const request = this.#manifestRequest('GET', repository, reference);
    return this.#transport.send(request, async (response) => {
      const body = await readLimited(response, request, this.#maxManifestBytes);
      const announced = isDigest(reference)
        ? reference
        : (response.headers.get('docker-content-digest') ?? '');
      // What announces nothing is what its bytes are.
      const expected = isDigest(announced) ? announced : digestOf(body, 'sha256');
      const digest = digestOf(body, algorithmOf(expected));
      if (digest !== expected) throw digestMismatch(request, expected, digest);
      refuseExcess(body, request, { maxValues: maxManifestValues });
      const mediaType = (response.headers.get('content-type') ?? '').replace(/\s*;.*/, '');
      return { body, digest, mediaType };
    });
  }

  async headBlob(repository: string, digest: string): Promise<ServedHead> {
    return this.#transport.send(this.#blobRequest('HEAD', repository, digest), headOf);
  }

  /**
   * Whether a blob is there. By its last byte where the registry knows ranges: registry:2 with its image's default cache
   * answers HEAD from memory, for a blob that is gone from the disk or cut short on it too.
   */
  async statBlob(repository: string, blob: Pick<Descriptor, 'digest' | 'size'>): Promise<ServedHead> {
    if (blob.size === 0 || this.#ranges === 'unknown') return this.headBlob(repository, blob.digest);
    if (this.#ranges === 'known') return this.#lastByte(repository, blob);
    // The first answer tells for all: one that does not know ranges sends the whole blob, of which nothing is read.
    const first = await this.#asksForRange.run(async () =>
      this.#ranges === undefined ? this.#lastByte(repository, blob) : undefined,
    );
    return first ?? this.statBlob(repository, blob);
  }

  /** A blob that is small enough to be held, such as an image's configuration. */
  async getBlob(repository: string, digest: string, maxBytes = MiB): Promise<Buffer> {
    const request = this.#blobRequest('GET', repository, digest);
    return this.#transport.send(request, async (response) => {
      const body = await readLimited(response, request, maxBytes);
      const served = digestOf(body, algorithmOf(digest));
      if (served !== digest) throw digestMismatch(request, digest, served);
      return body;
    });
  }

  /** Reads every byte of a blob and keeps none: resolves when there are `size` of them and they hash to `digest`. */
  async verifyBlob(repository: string, blob: Pick<Descriptor, 'digest' | 'size'>): Promise<void> {
    const request = {
      ...this.#blobRequest('GET', repository, blob.digest),
      extraTimeoutMs: (blob.size / this.#minBlobBytesPerSecond) * 1000,
    };
    await this.#transport.send(request, async (response) => {
      const hash = createHash(algorithmOf(blob.digest));
      let size = 0;
      for await (const chunk of chunksOf(response)) {
        size += chunk.byteLength;
        if (size > blob.size) break;
        hash.update(chunk);
      }
      if (size !== blob.size) throw sizeMismatch(request, blob.size, size > blob.size ? 'more' : size);
      const digest = `${algorithmOf(blob.digest)}:${hash.digest('hex')}`;
      if (digest !== blob.digest) throw digestMismatch(request, blob.digest, digest);
    });
  }

  /** Uploads a blob in one piece; answers its digest. */
  async putBlob(repository: string, body: Uint8Array): Promise<string> {
    const scope = `${pull(repository)},push`;
    const start = this.#request('POST', `/v2/${checked(repository)}/blobs/uploads/`, scope);
    const location = await this.#transport.send(start, async (response) => {
      await discard(response);
      return response.headers.get('location');
    });
    if (location === null || !URL.canParse(location, start.url))
      throw odd(start, 'the upload was accepted without a location; check that this address is a registry');
    const digest = digestOf(body, 'sha256');
    const url = this.#ownUrl(new URL(location, start.url));
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await this.#transport.send({ method: 'PUT', url, scope, headers, body }, discard);
    return digest;
  }

  /** Stores a manifest under a tag or its own digest; answers its digest. */
  async putManifest(
    repository: string,
    reference: string,
    body: Uint8Array,
    mediaType: string,
  ): Promise<string> {
    const request = this.#manifestRequest('PUT', repository, reference);
    await this.#transport.send(
      { ...request, scope: `${request.scope},push`, headers: { 'content-type': mediaType }, body },
      discard,
    );
    return digestOf(body, 'sha256');
  }

  async #lastByte(
    repository: string,
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  ): Promise<ServedHead> {
    const headers = { range: `bytes=${size - 1}-${size - 1}` };
    const request = { ...this.#blobRequest('GET', repository, digest), headers };
    const stored = await this.#transport
      .send(request, async (response) => {
        this.#ranges = response.status === 206 ? 'known' : 'unknown';
        if (response.status !== 206) return discard(response);
        await readLimited(response, request, 1);
        return Number(response.headers.get('content-range')?.split('/')[1] ?? size);
      })
      .catch((error: unknown) => {
        const isShorter = error instanceof ServerError && error.status === 416;
        throw isShorter ? sizeMismatch(request, size, 'fewer') : error;
      });
    if (stored === undefined) return this.headBlob(repository, digest);
    return Number.isNaN(stored) ? {} : { size: stored };
  }

  async *#pages(
    path: string,
    field: string,
    scope: string,
    maxNames: number,
  ): AsyncGenerator<string, void, undefined> {
    const seen = new Set<string>();
    let total = 0;
    for (let page = this.#request('GET', `${path}?n=${pageSize}`, scope); ;) {
      seen.add(page.url.href);
      const { names, bytes, next } = await this.#page(page, field);
      this.#lists.take(bytes, page);
      try {
        total += names.length;
        if (total > maxNames) throw endless(page, `has more than ${maxNames} names`);
        yield* names;
      } finally {
        this.#lists.give(bytes);
      }
      if (next === undefined) return;
      page = { ...page, url: this.#nextUrl(page, next) };
      if (seen.has(page.url.href)) throw endless(page, 'leads back to a page that it had before');
      if (seen.size === maxPages) throw endless(page, `has more than ${maxPages} pages`);
    }
  }

  async #page(
    page: ServerRequest,
    field: string,
  ): Promise<{ names: readonly string[]; bytes: number; next: string | undefined }> {
    return this.#transport.send(page, async (response) => {
      const body = await readLimited(response, page, maxListBytes, this.#lists);
      const names = namesOf(parseJson(body, page, { maxValues: maxNamesOfPage }), field, page);
      return { names, bytes: body.byteLength, next: nextPage(response.headers.get('link')) };
    });
  }

  /** Forgejo links to a next page behind every page of tags that is not empty, the last one too. */
  #nextUrl(page: ServerRequest, next: string): URL {
    if (URL.canParse(next, page.url)) return this.#ownUrl(new URL(next, page.url));
    throw endless(page, `names a next page without an address, got "${next}"`);
  }

  /** The same path at the address we were given: a registry may write its public one, where we send no credentials. */
  #ownUrl({ pathname, search }: URL): URL {
    // Not by resolving: a path that begins with two slashes would be a host, and would get the credentials.
    return Object.assign(new URL(this.url), { pathname, search });
  }

  #manifestRequest(method: 'GET' | 'HEAD' | 'PUT', repository: string, reference: string): ServerRequest {
    if (!isTag(reference) && !isDigest(reference)) {
      throw new Error(`registry client: not a tag or digest, got "${reference}"; correct the reference`);
    }
    const path = `/v2/${checked(repository)}/manifests/${reference}`;
    return { ...this.#request(method, path, pull(repository)), headers: { accept: acceptManifests } };
  }

  #blobRequest(method: 'GET' | 'HEAD', repository: string, digest: string): ServerRequest {
    if (!isDigest(digest)) {
      throw new Error(`registry client: not a digest, got "${digest}"; correct the descriptor`);
    }
    return this.#request(method, `/v2/${checked(repository)}/blobs/${digest}`, pull(repository));
  }

  #request(method: ServerRequest['method'], path: string, scope: string): ServerRequest {
    return { method, url: new URL(path, this.url), scope };
  }
}

function digestOf(body: Uint8Array, algorithm: string): string {
  return `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
}

function algorithmOf(digest: string): string {
  return digest.slice(0, digest.indexOf(':'));
}

function pull(repository: string): string {
  return `repository:${repository}:pull`;
}

function checked(repository: string): string {
  if (isRepository(repository)) return repository;
  throw new Error(`registry client: not a repository name, got "${repository}"; correct the reference`);
}

function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.username !== ''
  ) {
    throw new Error('registry client: the address is not scheme, host and port; write https://host:port');
  }
  return url;
}

function discard(response: HttpResponse): Promise<void> {
  response.body?.cancel();
  return Promise.resolve();
}

async function headOf(response: HttpResponse): Promise<ServedHead> {
  await discard(response);
  const digest = response.headers.get('docker-content-digest');
  const length = response.headers.get('content-length');
  const mediaType = response.headers.get('content-type');
  return {
    ...(digest === null ? {} : { digest }),
    ...(Number.isSafeInteger(Number(length ?? Number.NaN)) ? { size: Number(length) } : {}),
    ...(mediaType === null ? {} : { mediaType }),
  };
}

function digestMismatch(request: ServerRequest, expected: string, got: string): ServerError {
  const detail = `the bytes do not hash to ${expected}, got ${got}; the stored copy is damaged`;
  return odd(request, detail, 'digest-mismatch');
}

function sizeMismatch(request: ServerRequest, expected: number, got: number | 'more' | 'fewer'): ServerError {
  const detail = `the blob is not ${expected} bytes long, got ${got}; the stored copy is damaged`;
  return odd(request, detail, 'size-mismatch');
}

function endless(request: ServerRequest, wrong: string): ServerError {
  return odd(request, `the list ${wrong}; report it to the registry's maintainers`);
}

function odd(
  { method, url }: ServerRequest,
  detail: string,
  kind: ServerErrorKind = 'malformed',
): ServerError {
  return new ServerError({ method, url, kind, detail });
}
