import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The Pushgateway's groups over node:http, on loopback; the same suite runs on the real one. */
export class FakePushgateway {
  /** `METHOD /path` and body of every push, in order. */
  readonly pushes: { method: string; path: string; body: string }[] = [];
  /** What is served in place of the groups, when set. */
  served: string | undefined;
  /** Families by group: its labels, then the lines by metric. */
  readonly #groups = new Map<string, Map<string, string[]>>();
  readonly #server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      if (method === 'GET') response.end(this.served ?? this.metrics());
      else {
        this.pushes.push({ method, path, body });
        this.#take(method, path, body);
        response.writeHead(202).end();
      }
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets everything, as one without persistence does when it restarts. */
  restart(): void {
    this.#groups.clear();
  }

  metrics(): string {
    return [...this.#groups.values()]
      .flatMap((families) => [...families.values()].flat())
      .map((line) => `${line}\n`)
      .join('');
  }

  #take(method: string, path: string, body: string): void {
    const [, job = ''] = /^\/metrics\/job\/([^/]+)$/.exec(path) ?? [];
    const families =
      method === 'POST'
        ? (this.#groups.get(job) ?? new Map<string, string[]>())
        : new Map<string, string[]>();
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const pushed = new Map<string, string[]>();
    for (const line of samples) {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const own = [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([label]) => label);
      const all = [...own, `job="${job}"`].sort().join(',');
      pushed.set(name, [...(pushed.get(name) ?? []), `${name}{${all}} ${value}`]);
    }
    for (const [name, lines] of pushed) families.set(name, lines);
    if (method === 'DELETE') this.#groups.delete(job);
    else this.#groups.set(job, families);
  }
}
