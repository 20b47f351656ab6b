import { createServer, request as forward, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy makes of a request: nothing, an answer in the server's place, or a changed answer of the server's. */
export type Interception =
  | undefined
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly rewrite: (body: Buffer) => Buffer };

/** Stands before a server on loopback, so that what a server rarely does can be made to happen to a real one too. */
export class InterceptingProxy {
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[] = [];
  /** Asked, and waited for, before each request is passed on. */
  intercept: (request: string, headers: IncomingHttpHeaders) => Interception | Promise<Interception> = () =>
    undefined;
  readonly #target: string;
  readonly #server = createServer((request, response) => {
    const asked = `${request.method ?? ''} ${request.url ?? ''}`;
    this.requests.push(asked);
    void (async () => {
      const interception = await this.intercept(asked, request.headers);
      if (interception !== undefined && 'status' in interception) {
        request.resume();
        response.writeHead(interception.status, interception.headers).end(interception.body);
        return;
      }
      const passed = forward(
        new URL(request.url ?? '/', this.#target),
        { method: request.method, headers: request.headers, agent: false },
        (answer) => {
          if (interception === undefined) {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
            return;
          }
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const body = interception.rewrite(Buffer.concat(chunks));
            const { 'x-total-count': total = '', 'content-type': type = '' } = answer.headers;
            response.writeHead(answer.statusCode ?? 502, {
              'content-type': type,
              'x-total-count': total,
              'content-length': body.length,
            });
            response.end(body);
          });
        },
      );
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    })();
  });

  constructor(target: string) {
    this.#target = target;
  }

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
}
