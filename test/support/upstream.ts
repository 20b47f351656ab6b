import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry as a pull-through cache sees its upstream: it may ask for a login, and says what it was asked. */
export interface Upstream {
  readonly url: string;
  /** `GET /v2/app/manifests/1`, in order, without the pings. */
  readonly requests: string[];
  /** From then on nobody answers at its address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface UpstreamLogin {
  readonly user: string;
  readonly password: string;
}

/** Only repositories below `prefix` are there; they come from a real registry. */
export async function startUpstream(
  registry: string,
  prefix: string,
  login?: UpstreamLogin,
): Promise<Upstream> {
  const requests: string[] = [];
  const token = `token-for-${prefix}`;
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? '/';
    const authorization = incoming.headers.authorization;
    if (path.startsWith('/token')) {
      const basic = `Basic ${Buffer.from(`${login?.user ?? ''}:${login?.password ?? ''}`).toString('base64')}`;
      answer.writeHead(authorization === basic ? 200 : 401, { 'content-type': 'application/json' });
      answer.end(JSON.stringify(authorization === basic ? { token } : {}));
      return;
    }
    if (login !== undefined && authorization !== `Bearer ${token}`) {
      const realm = `http://${incoming.headers.host ?? ''}/token`;
      answer.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="${prefix}"` });
      answer.end();
      return;
    }
    if (path !== '/v2/') requests.push(`${incoming.method ?? ''} ${path}`);
    if (path !== '/v2/' && !path.startsWith(`/v2/${prefix}/`)) {
      answer.writeHead(404);
      answer.end();
      return;
    }
    passOn(registry, incoming, answer);
  });
  let port = 0;
  const upstream: Upstream = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    start: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
  };
  await upstream.start();
  return upstream;
}

function passOn(registry: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { authorization, ...headers } = incoming.headers;
  const passed = ask(`${registry}${incoming.url ?? '/'}`, { method: incoming.method, headers }, (found) => {
    answer.writeHead(found.statusCode ?? 502, found.headers);
    found.pipe(answer);
  });
  passed.on('error', () => answer.destroy());
  incoming.pipe(passed);
}
