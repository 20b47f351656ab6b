import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * As much of Vault as a job needs that reads: Kubernetes login, a KV engine of version 2, and the end of a token. The
 * suite of the sync holds it beside the real one.
 */
export class FakeVault {
  readonly role = 'woodpecker-sync';
  readonly jwt = 'the-job';
  readonly #keys = new Map<string, object>();
  readonly #tokens = new Set<string>();
  #issued = 0;
  readonly #server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const answer = (status: number, value?: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(value === undefined ? undefined : JSON.stringify(value));
      };
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (request.url === '/v1/auth/kubernetes/login') {
        const { role, jwt } = JSON.parse(body) as { role: string; jwt: string };
        if (role !== this.role) answer(400, { errors: [`invalid role name "${role}"`] });
        else if (jwt !== this.jwt) answer(403, { errors: ['permission denied'] });
        else answer(200, { auth: { client_token: this.#issue() } });
      } else if (!this.#tokens.has(token)) answer(403, { errors: ['permission denied'] });
      else if (request.url === '/v1/auth/token/revoke-self') {
        this.#tokens.delete(token);
        answer(204);
      } else {
        const data = this.#keys.get((request.url ?? '').replace('/v1/secret/data/', ''));
        if (data === undefined) answer(404, { errors: [] });
        else answer(200, { data: { data, metadata: { version: 1 } } });
      }
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Tokens that were issued and not ended. */
  get live(): number {
    return this.#tokens.size;
  }

  write(path: string, keys: object | undefined): void {
    if (keys === undefined) this.#keys.delete(path);
    // Vault gives keys in their order.
    else this.#keys.set(path, Object.fromEntries(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #issue(): string {
    const token = `hvs.${++this.#issued}`;
    this.#tokens.add(token);
    return token;
  }
}
