import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listed {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [part: string]: unknown;
}

/** The pod that a run in this cluster is. */
export const OWN_POD = { namespace: 'forgejo', name: 'forgejo-cleanup-1' };

/** The lists of a Kubernetes API and the pushes of a Pushgateway, on loopback. */
export class FakeCluster {
  /** The objects below each path, e.g. `/api/v1/pods`. */
  readonly objects = new Map<string, readonly Listed[]>([['/api/v1/pods', [{ metadata: OWN_POD }]]]);
  /** `METHOD /path?query` of every request, in order. */
  readonly requests: string[] = [];
  /** Everything pushed, as Pushgateway would expose it: name and labels → value. */
  readonly metrics = new Map<string, string>();
  /** Answers in the server's place and returns true, or leaves it to the server. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server = createServer((request, response) => {
    this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (this.intercept(request, response)) return;
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname.startsWith('/metrics')) void this.#push(request, response, url);
    else this.#list(response, url);
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #list(response: ServerResponse, url: URL): void {
    const objects = this.objects.get(url.pathname) ?? [];
    const from = Number(url.searchParams.get('continue') ?? 0);
    const to = from + Number(url.searchParams.get('limit') ?? objects.length);
    const metadata = { resourceVersion: '1', ...(to < objects.length ? { continue: String(to) } : {}) };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ kind: 'List', metadata, items: objects.slice(from, to) }));
  }

  async #push(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET') {
      response.end([...this.metrics].map(([series, value]) => `${series} ${value}\n`).join(''));
      return;
    }
    const parts = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const group = parts.flatMap((part, place) =>
      place % 2 === 0 ? [`${part}="${parts[place + 1] ?? ''}"`] : [],
    );
    for (const line of Buffer.concat(chunks).toString().split('\n')) {
      const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      this.metrics.set(
        `${name}{${[...(labels === '' ? [] : labels.split(',')), ...group].sort().join(',')}}`,
        value,
      );
    }
    response.writeHead(200).end();
  }
}
