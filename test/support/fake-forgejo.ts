import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ForgejoRows, isDigest, sha256, type Row } from './forgejo-rows';

/** Answers a request in the server's place and returns true, or leaves it to the server. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FakeForgejoProps {
  readonly owner?: string;
  /** What every answer waits. @default 0 */
  readonly latencyMs?: number;
}

/**
 * Forgejo's package API and container registry for one owner beside others that are only read, as measured, over node:http on loopback: row per tag and
 * per digest, pages of 50, tags in lower case, a bearer challenge with an absolute realm. The contract suite holds it
 * against a real server.
 */
export class FakeForgejo {
  readonly store = new ForgejoRows();
  /** The packages of other owners, which every token may read. */
  readonly others = new Map<string, ForgejoRows>();
  /** Tokens and the account of each; only the owner's may write. */
  readonly tokens = new Map<string, string>();
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[] = [];
  intercept: Intercept = () => false;
  /** When pushes happen. */
  now: () => number = Date.now;
  readonly owner: string;
  readonly #latencyMs: number;
  #server = createServer();
  #port = 0;
  #sorted: { readonly of: readonly Row[]; readonly rows: readonly Row[] } | undefined;

  constructor({ owner = 'viktor', latencyMs = 0 }: FakeForgejoProps = {}) {
    this.owner = owner;
    this.#latencyMs = latencyMs;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts at a free port, or again at the one it had. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Cuts every connection, as a kill does. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    this.requests.push(`${request.method ?? ''} ${path}`);
    if (this.#latencyMs > 0) await sleep(this.#latencyMs);
    if (this.intercept(request, response)) return;
    if (path.startsWith('/api/v1/packages/')) this.#api(request, response, path);
    else if (path === '/v2/token') this.#token(request, response);
    else await this.#registry(request, response, path);
  }

  #api(request: IncomingMessage, response: ServerResponse, path: string): void {
    const user = this.tokens.get(request.headers.authorization?.replace(/^token /, '') ?? '');
    const [owner, , name, version] = path
      .slice('/api/v1/packages/'.length)
      .split('/')
      .map(decodeURIComponent);
    if (user === undefined) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    const store = this.#storeOf(owner);
    if (store === undefined) {
      refuse(response, 404, 'NOT_FOUND');
      return;
    }
    if (name === undefined || version === undefined) {
      this.#list(request, response, store, owner);
      return;
    }
    const row = store.rows.find((each) => each.package === name && each.name === version);
    if (request.method === 'DELETE' && user !== owner) {
      refuse(response, 403, 'FORBIDDEN');
      return;
    }
    if (row === undefined) {
      refuse(response, 404, 'NOT_FOUND');
      return;
    }
    if (request.method !== 'DELETE') {
      json(response, this.#describe(row, owner));
      return;
    }
    store.delete(row);
    response.writeHead(204).end();
  }

  #storeOf(owner: string | undefined): ForgejoRows | undefined {
    return owner === this.owner ? this.store : this.others.get(owner ?? '');
  }

  #list(request: IncomingMessage, response: ServerResponse, store: ForgejoRows, owner = this.owner): void {
    const query = new URL(request.url ?? '', this.url).searchParams;
    const limit = Math.min(Number(query.get('limit') ?? 30), 50);
    const from = (Number(query.get('page') ?? 1) - 1) * limit;
    const q = query.get('q') ?? '';
    const rows = this.#newestFirst(store).filter((row) => row.package.includes(q));
    response.setHeader('x-total-count', rows.length);
    json(
      response,
      rows.slice(from, from + limit).map((row) => this.#describe(row, owner)),
    );
  }

  #newestFirst({ rows }: ForgejoRows): readonly Row[] {
    // Every change makes a new array, so the order holds for as long as it is the same one.
    if (this.#sorted?.of !== rows)
      this.#sorted = {
        of: rows,
        rows: [...rows].sort((a, b) => seconds(b.createdAtMs) - seconds(a.createdAtMs) || a.id - b.id),
      };
    return this.#sorted.rows;
  }

  #describe(row: Row, owner = this.owner): object {
    const account = {
      id: 1,
      login: owner,
      full_name: '',
      email: `${owner}@noreply.invalid`,
      avatar_url: '',
    };
    const created = new Date(seconds(row.createdAtMs) * 1000).toISOString();
    return {
      ...{
        id: row.id,
        owner: account,
        repository: null,
        creator: account,
        type: 'container',
        name: row.package,
      },
      ...{
        version: row.name,
        created_at: created,
        html_url: `${this.url}/${this.owner}/-/packages/container`,
      },
    };
  }

  #token(request: IncomingMessage, response: ServerResponse): void {
    const basic = Buffer.from(
      request.headers.authorization?.replace(/^Basic /, '') ?? '',
      'base64',
    ).toString();
    const [, token = ''] = basic.split(':');
    if (!this.tokens.has(token)) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    json(response, { token: `jwt-${token}`, expires_in: 86_400 });
  }

  async #registry(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const user = this.tokens.get(request.headers.authorization?.replace(/^Bearer jwt-/, '') ?? '');
    const [, owner, name = '', noun, rest = ''] =
      /^\/v2\/([^/]+)\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(path) ?? [];
    const writes = request.method !== 'GET' && request.method !== 'HEAD';
    if (user === undefined || (writes && user !== this.owner)) {
      const realm = `Bearer realm="${this.url}/v2/token",service="container_registry",scope="*"`;
      response.setHeader('www-authenticate', realm);
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    if (path === '/v2/_catalog') {
      const names = (of: string, { rows }: ForgejoRows): readonly string[] => [
        ...new Set(rows.map((row) => `${of}/${row.package}`)),
      ];
      const stores = [[this.owner, this.store] as const, ...this.others];
      json(response, { repositories: stores.flatMap(([of, rows]) => names(of, rows)) });
      return;
    }
    const store = this.#storeOf(owner);
    if (store === undefined || (writes && owner !== this.owner)) {
      refuse(response, 404, 'NAME_UNKNOWN');
      return;
    }
    if (noun === 'manifests') await this.#manifest(request, response, store, name, rest);
    else await this.#blob(request, response, rest);
  }

  async #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    store: ForgejoRows,
    name: string,
    reference: string,
  ): Promise<void> {
    if (request.method === 'PUT') {
      const body = await bodyOf(request);
      const digest = store.push(name, reference, body, request.headers['content-type'] ?? '', this.now());
      if (digest === undefined) {
        refuse(response, 404, 'MANIFEST_BLOB_UNKNOWN');
        return;
      }
      response.writeHead(201, { 'docker-content-digest': digest }).end();
      return;
    }
    const row = store.find(name, reference);
    const found = row && store.bodies.get(row.manifest);
    if (row === undefined || found === undefined) {
      refuse(response, 404, 'MANIFEST_UNKNOWN');
      return;
    }
    response.writeHead(200, {
      'content-type': found.mediaType,
      'content-length': found.body.length,
      'docker-content-digest': row.manifest,
    });
    response.end(request.method === 'HEAD' ? undefined : found.body);
  }

  async #blob(request: IncomingMessage, response: ServerResponse, rest: string): Promise<void> {
    const query = new URL(request.url ?? '', this.url);
    if (request.method === 'POST') {
      response.writeHead(202, { location: `${query.pathname}1` }).end();
    } else if (request.method === 'PUT') {
      const body = await bodyOf(request);
      this.store.blobs.set(query.searchParams.get('digest') ?? sha256(body), body);
      response.writeHead(201).end();
    } else {
      const body = isDigest(rest) ? this.store.blobs.get(rest) : undefined;
      if (body === undefined) {
        refuse(response, 404, 'BLOB_UNKNOWN');
        return;
      }
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
