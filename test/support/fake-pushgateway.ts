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
        response.writeHead(this.#take(method, path, body)).end();
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

  #take(method: string, path: string, body: string): number {
    const group = groupOf(path);
    if (group === undefined) return 404;
    const key = JSON.stringify(group);
    if (method === 'DELETE') {
      this.#groups.delete(key);
      return 202;
    }
    const pushed = familiesOf(body, group);
    if (pushed === undefined) return 400;
    const held = method === 'POST' ? (this.#groups.get(key) ?? []) : [];
    this.#groups.set(key, new Map([...held, ...pushed]));
    return 200;
  }
}

/** `/metrics/job/<job>` and further pairs; a value that a path cannot carry comes as base64. */
function groupOf(path: string): Readonly<Record<string, string>> | undefined {
  const [, job, ...parts] = path.split('/').slice(1);
  if (job === undefined || !/^job(?:@base64)?$/.test(job) || parts.length % 2 === 0) return undefined;
  const words = [job, ...parts];
  return Object.fromEntries(
    words.flatMap((word, place): [string, string][] => {
      if (place % 2 === 1) return [];
      const [name = '', encoding] = word.split('@');
      const value = words[place + 1] ?? '';
      const text =
        encoding === undefined ? decodeURIComponent(value) : Buffer.from(value, 'base64url').toString();
      return [[name, text]];
    }),
  );
}

/** The lines by metric, each with the labels of its group; `undefined` for what Pushgateway refuses. */
function familiesOf(
  body: string,
  group: Readonly<Record<string, string>>,
): Map<string, string[]> | undefined {
  if (body !== '' && !body.endsWith('\n')) return undefined;
  const families = new Map<string, string[]>();
  const series = new Set<string>();
  for (const line of body.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, name, labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || (Number.isNaN(Number(value)) && !/^(?:NaN|[+-]Inf)$/.test(value)))
      return undefined;
    const own = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
      label,
      text,
    ]);
    const groupLabels = Object.entries(group).map(([label, text]) => [label, escaped(text)]);
    const all = [...new Map([...own, ...groupLabels].map(([label = '', text = '']) => [label, text]))];
    const identity = `${name}{${all
      .map(([label, text]) => `${label}="${text}"`)
      .sort()
      .join(',')}}`;
    if (series.has(identity)) return undefined;
    series.add(identity);
    families.set(name, [...(families.get(name) ?? []), `${identity} ${value}`]);
  }
  return families;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
