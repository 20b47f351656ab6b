import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FakeRegistryProps {
  readonly auth?: {
    readonly scheme: 'basic' | 'bearer';
    readonly username: string;
    readonly password: string;
    /** @default 'relative' */
    readonly realm?: 'relative' | 'absolute';
    /** Forgejo's `*`, or the repository asked for as Docker's token service has it. @default 'repository' */
    readonly scope?: '*' | 'repository';
  };
  /** How the next page is written. @default 'relative' */
  readonly links?: 'relative' | 'absolute';
  /** The most names on a page, whatever is asked for. @default 1000 */
  readonly maxPage?: number;
  /** What every answer waits. @default 0 */
  readonly latencyMs?: number;
  /** Whether a range of a blob is answered as such (registry:2), or with the whole of it (Forgejo). @default false */
  readonly ranges?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
}

interface FakeRepository {
  readonly manifests: Map<string, { body: Buffer; mediaType: string }>;
  readonly tags: Map<string, string>;
  readonly blobs: Map<string, Buffer>;
}

/** Answers a request in the registry's place and returns true, or leaves it to the registry. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The distribution specification over node:http and Maps, on loopback; every damage is one Map away. */
export class FakeRegistry {
  readonly repositories = new Map<string, FakeRepository>();
  /** `METHOD /path?query` of every request, in order, and behind it the range of bytes when one was asked for. */
  readonly requests: string[] = [];
  /** The `Authorization` header of every request, beside {@link requests}. */
  readonly authorizations: (string | undefined)[] = [];
  intercept: Intercept = () => false;
  /** Tokens issued before this many are no longer accepted. */
  refuseTokensBelow = 0;
  tokensIssued = 0;
  readonly #props: FakeRegistryProps;
  readonly #server: Server;

  constructor(props: FakeRegistryProps = {}) {
    this.#props = props;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = props.tls === undefined ? createServer(listener) : createTlsServer(props.tls, listener);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http${this.#props.tls === undefined ? '' : 's'}://127.0.0.1:${port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  repository(name: string): FakeRepository {
    const found = this.repositories.get(name) ?? { manifests: new Map(), tags: new Map(), blobs: new Map() };
    this.repositories.set(name, found);
    return found;
  }

  putBlob(repository: string, body: Buffer): string {
    const digest = sha256(body);
    this.repository(repository).blobs.set(digest, body);
    return digest;
  }

  putManifest(
    repository: string,
    reference: string,
    manifest: { readonly mediaType: string } & Record<string, unknown>,
  ): string {
    const body = Buffer.from(JSON.stringify(manifest));
    const digest = sha256(body);
    const target = this.repository(repository);
    target.manifests.set(digest, { body, mediaType: manifest.mediaType });
    if (!reference.startsWith('sha256:')) target.tags.set(reference, digest);
    return digest;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const range = request.headers.range === undefined ? '' : ` ${request.headers.range}`;
    this.requests.push(`${request.method ?? ''} ${request.url ?? ''}${range}`);
    this.authorizations.push(request.headers.authorization);
    if (this.#props.latencyMs !== undefined) await sleep(this.#props.latencyMs);
    if (this.intercept(request, response)) return;
    if (url.pathname === '/v2/token') {
      this.#issueToken(request, response, url);
    } else if (!this.#authorized(request)) {
      this.#challenge(response, url);
    } else {
      await this.#route(request, response, url);
    }
  }

  #authorized({ headers: { authorization } }: IncomingMessage): boolean {
    const { auth } = this.#props;
    if (auth === undefined) return true;
    if (auth.scheme === 'basic') return authorization === basic(auth);
    const issued = Number(/^Bearer token-(\d+)$/.exec(authorization ?? '')?.[1] ?? -1);
    return issued >= this.refuseTokensBelow;
  }

  #challenge(response: ServerResponse, url: URL): void {
    const { auth } = this.#props;
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1];
    const scope =
      auth?.scope === '*' ? '*' : repository === undefined ? undefined : `repository:${repository}:pull`;
    const realm = auth?.realm === 'absolute' ? `${this.url}/v2/token` : '/v2/token';
    const bearer = `Bearer realm="${realm}",service="fake"${scope === undefined ? '' : `,scope="${scope}"`}`;
    response.setHeader(
      'www-authenticate',
      auth?.scheme === 'bearer' ? bearer : 'Basic realm="Registry Realm"',
    );
    refuse(response, 401, 'UNAUTHORIZED');
  }

  #issueToken(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const { auth } = this.#props;
    if (auth === undefined || request.headers.authorization !== basic(auth)) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    const token = `token-${this.tokensIssued}`;
    this.tokensIssued += 1;
    json(response, { token, expires_in: 3600, scope: url.searchParams.get('scope') });
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { method = '' } = request;
    if (!url.pathname.startsWith('/v2/')) {
      refuse(response, 404, 'UNSUPPORTED');
    } else if (url.pathname === '/v2/') {
      json(response, {});
    } else if (url.pathname === '/v2/_catalog') {
      this.#page(response, url, 'repositories', [...this.repositories.keys()].sort());
    } else {
      const [, name = '', noun = '', rest = ''] =
        /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname) ?? [];
      const repository = ['PUT', 'POST'].includes(method)
        ? this.repository(name)
        : this.repositories.get(name);
      if (repository === undefined) refuse(response, 404, 'NAME_UNKNOWN');
      else if (noun === 'tags')
        this.#page(response, url, 'tags', [...repository.tags.keys()].sort(), { name });
      else if (noun === 'manifests') await manifests(request, response, repository, rest);
      else await blobs(request, response, repository, rest, url, this.#props.ranges === true);
    }
  }

  #page(response: ServerResponse, url: URL, field: string, names: string[], more: object = {}): void {
    const size = Math.min(Number(url.searchParams.get('n') ?? Infinity), this.#props.maxPage ?? 1000);
    const last = url.searchParams.get('last') ?? '';
    const after = last === '' ? names : names.filter((name) => name > last);
    const page = after.slice(0, size);
    if (after.length > page.length) {
      const next = `${url.pathname}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${size}`;
      const host = this.#props.links === 'absolute' ? 'https://registry.public.example' : '';
      response.setHeader('link', `<${host}${next}>; rel="next"`);
    }
    json(response, { ...more, [field]: page.length === 0 && field === 'tags' ? null : page });
  }
}

export function sha256(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function manifests(
  request: IncomingMessage,
  response: ServerResponse,
  { manifests: stored, tags }: FakeRepository,
  reference: string,
): Promise<void> {
  if (request.method === 'PUT') {
    const body = await bodyOf(request);
    const digest = sha256(body);
    stored.set(digest, { body, mediaType: request.headers['content-type'] ?? '' });
    if (!reference.startsWith('sha256:')) tags.set(reference, digest);
    response.writeHead(201, { 'docker-content-digest': digest }).end();
    return;
  }
  const digest = reference.startsWith('sha256:') ? reference : tags.get(reference);
  const found = digest === undefined ? undefined : stored.get(digest);
  if (found === undefined || digest === undefined) {
    refuse(response, 404, 'MANIFEST_UNKNOWN');
    return;
  }
  response.writeHead(200, {
    'content-type': found.mediaType,
    'content-length': found.body.length,
    'docker-content-digest': digest,
  });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

async function blobs(
  request: IncomingMessage,
  response: ServerResponse,
  { blobs: stored }: FakeRepository,
  rest: string,
  url: URL,
  ranges: boolean,
): Promise<void> {
  if (request.method === 'POST') {
    response.writeHead(202, { location: `${url.pathname}1?state=abc` }).end();
  } else if (request.method === 'PUT') {
    const body = await bodyOf(request);
    const digest = url.searchParams.get('digest') ?? '';
    stored.set(digest, body);
    response.writeHead(201, { 'docker-content-digest': digest }).end();
  } else {
    const body = stored.get(rest);
    if (body === undefined) {
      refuse(response, 404, 'BLOB_UNKNOWN');
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(ranges ? (request.headers.range ?? '') : '') ?? [];
    if (first !== undefined && last !== undefined) {
      const part = body.subarray(Number(first), Number(last) + 1);
      const total = {
        'content-range': `bytes ${first}-${last}/${body.length}`,
        'content-length': part.length,
      };
      if (part.length === 0) response.writeHead(416).end();
      else response.writeHead(206, total).end(part);
      return;
    }
    response.writeHead(200, { 'content-length': body.length, 'docker-content-digest': rest });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace(/_/g, ' ') }] }));
}
