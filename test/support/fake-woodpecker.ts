import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeWoodpeckerProps {
  /** Servers before 3.14 ignore notes. @default true */
  readonly holdsNotes?: boolean;
  /** What a page holds at most. @default 50 */
  readonly maxPage?: number;
}

/** A repository of the forge that people may have built. */
export interface FakeRepository {
  readonly id: number;
  readonly fullName: string;
  readonly remoteId: string;
  active: boolean;
  allowDeploy: boolean;
  readonly builds: { number: number; commit: string; status: string }[];
}

export interface FakeSecret {
  readonly id: number;
  readonly name: string;
  readonly value: string;
  readonly events: readonly string[];
  readonly images: readonly string[];
  readonly note?: string;
}

/** Answers a request in the server's place and returns true, or leaves it to the server. */
type Intercept = (asked: string, response: ServerResponse) => boolean;

const knownEvents = new Set([
  ...['push', 'pull_request', 'pull_request_closed', 'pull_request_metadata', 'tag', 'release'],
  ...['deployment', 'cron', 'manual'],
]);

/**
 * Woodpecker's secrets over node:http on loopback, as measured on a server 3.17: pages without values, a duplicate
 * answered 500, names in their own case. The contract suite holds it against a real server.
 */
export class FakeWoodpecker {
  readonly token = 'woodpecker-administrator';
  /** Of somebody who has logged in and administers nothing: it lists the global secrets. */
  readonly memberToken = 'woodpecker-member';
  /** Repositories that exist. */
  readonly repositories = new Set([1, 2, 3]);
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[] = [];
  intercept: Intercept = () => false;
  /** The name of a repository at the forge, by its number there. */
  forge: (remoteId: string) => Promise<string | undefined> = () => Promise.resolve(undefined);
  /** The commit at a repository's tip, whose build then succeeds. */
  build: (repository: FakeRepository) => Promise<string> = () => Promise.resolve('0'.repeat(40));
  readonly projects: FakeRepository[] = [];
  readonly #scopes = new Map<string, FakeSecret[]>();
  readonly #props: Required<FakeWoodpeckerProps>;
  #lastId = 0;
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response).catch(() => response.destroy());
  });

  constructor({ holdsNotes = true, maxPage = 50 }: FakeWoodpeckerProps = {}) {
    this.#props = { holdsNotes, maxPage };
  }

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

  /** The secrets of a scope: `''` for the global ones, `/repos/1` for a repository's. */
  secrets(scope = ''): readonly FakeSecret[] {
    return this.#scopes.get(scope) ?? [];
  }

  /** Makes one, as a person does in the settings. */
  add(name: string, value: string, scope = '', events: readonly string[] = ['push']): void {
    const made = { id: ++this.#lastId, name, value, events, images: [] };
    this.#scopes.set(scope, [...this.secrets(scope), made]);
  }

  remove(name: string, scope = ''): void {
    this.#scopes.set(
      scope,
      this.secrets(scope).filter((each) => each.name !== name),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://woodpecker');
    const asked = `${request.method ?? ''} ${url.pathname}`;
    this.requests.push(asked);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.intercept(asked, response)) return;
    const isMember = request.headers.authorization === `Bearer ${this.memberToken}`;
    if (isMember && url.pathname.startsWith('/api/secrets') && request.method !== 'GET') {
      text(response, 403, 'User not authorized');
      return;
    }
    if (!isMember && request.headers.authorization !== `Bearer ${this.token}`) {
      text(response, 401, 'User not authorized');
      return;
    }
    if (asked === 'GET /api/user') {
      json(response, { login: 'somebody', ...(isMember ? {} : { admin: true }) });
      return;
    }
    if (await this.#serveProject(request.method ?? '', url, Buffer.concat(chunks).toString(), response))
      return;
    const [, scope = '', repository, encoded] =
      /^\/api((?:\/repos\/(\d+)|\/orgs\/\d+)?)\/secrets(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (!url.pathname.includes('/secrets') || (repository && !this.repositories.has(Number(repository)))) {
      text(response, 404, '');
      return;
    }
    const name = encoded === undefined ? undefined : decodeURIComponent(encoded);
    const body =
      chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Partial<FakeSecret>);
    if (request.method === 'GET') this.#list(response, scope, url.searchParams);
    else if (request.method === 'POST') this.#post(response, scope, body);
    else this.#existing(request.method ?? '', response, scope, name ?? '', body);
  }

  /** Makes a build of the tip, as a webhook or a person does. */
  async startBuild(project: FakeRepository): Promise<void> {
    const commit = await this.build(project);
    project.builds.unshift({ number: project.builds.length + 1, commit, status: 'success' });
  }

  /** Repositories as the API documents them; true where it has answered. */
  async #serveProject(method: string, url: URL, body: string, response: ServerResponse): Promise<boolean> {
    const { pathname } = url;
    const answer = (
      found: FakeRepository | undefined,
      write = (each: FakeRepository): unknown => shown(each),
    ) => {
      if (found === undefined) text(response, 404, '');
      else json(response, write(found));
      return true;
    };
    const lookup = /^\/api\/repos\/lookup\/(.+)$/.exec(pathname)?.[1];
    if (lookup !== undefined)
      return answer(this.projects.find(({ fullName }) => fullName === decodeURIComponent(lookup)));
    if (method === 'POST' && pathname === '/api/repos') {
      const remoteId = url.searchParams.get('forge_remote_id') ?? '';
      const known = this.projects.find((each) => each.remoteId === remoteId);
      if (known?.active === true) {
        text(response, 409, 'Repository is already active.');
        return true;
      }
      const fullName = await this.forge(remoteId);
      if (fullName === undefined) return answer(undefined);
      const made = known ?? {
        ...{ id: 100 + this.projects.length, fullName, remoteId, builds: [] },
        ...{ active: true, allowDeploy: false },
      };
      made.active = true;
      this.repositories.add(made.id);
      if (known === undefined) this.projects.push(made);
      return answer(made);
    }
    const [, id, rest] = /^\/api\/repos\/(\d+)(\/pipelines)?$/.exec(pathname) ?? [];
    if (id === undefined) return false;
    const known = this.projects.find((each) => each.id === Number(id));
    const unbuilt = { id: Number(id), fullName: `viktor/${id}`, remoteId: id, builds: [] };
    const isRead = method === 'GET' && rest === undefined && this.repositories.has(Number(id));
    const project = known ?? (isRead ? { ...unbuilt, active: true, allowDeploy: false } : undefined);
    if (project === undefined) return answer(undefined);
    if (isRead) return answer(project);
    if (rest === undefined) {
      const { allow_deploy: allow } = JSON.parse(body) as { allow_deploy?: boolean };
      project.allowDeploy = allow ?? project.allowDeploy;
      return answer(project);
    }
    if (method === 'GET') return answer(project, ({ builds }) => builds);
    await this.startBuild(project);
    return answer(project, ({ builds }) => builds[0]);
  }

  #list(response: ServerResponse, scope: string, query: URLSearchParams): void {
    const size = Math.min(Number(query.get('perPage') ?? 50), this.#props.maxPage);
    const from = (Number(query.get('page') ?? 1) - 1) * size;
    json(
      response,
      this.secrets(scope)
        .slice(from, from + size)
        .map(withoutValue),
    );
  }

  #post(response: ServerResponse, scope: string, body: Partial<FakeSecret>): void {
    const secret = this.#merged({ id: 0, name: '', value: '', events: [], images: [] }, body);
    const fault = faultOf(secret);
    if (fault !== undefined) {
      text(response, 422, `Error inserting secret. ${fault}`);
      return;
    }
    if (this.secrets(scope).some(({ name }) => name === secret.name)) {
      text(response, 500, `Error inserting secret "${secret.name}". a duplicate was detected`);
      return;
    }
    const made = { ...secret, id: ++this.#lastId };
    this.#scopes.set(scope, [...this.secrets(scope), made]);
    json(response, withoutValue(made));
  }

  #existing(
    method: string,
    response: ServerResponse,
    scope: string,
    name: string,
    body: Partial<FakeSecret>,
  ): void {
    const found = this.secrets(scope).find((each) => each.name === name);
    if (found === undefined) {
      text(response, 404, '');
      return;
    }
    if (method === 'DELETE') {
      this.remove(name, scope);
      response.writeHead(204).end();
      return;
    }
    const changed = { ...this.#merged(found, body), name };
    const fault = faultOf(changed);
    if (fault !== undefined) {
      text(response, scope === '' ? 400 : 422, `Error updating secret. ${fault}`);
      return;
    }
    this.#scopes.set(
      scope,
      this.secrets(scope).map((each) => (each.id === found.id ? changed : each)),
    );
    json(response, withoutValue(changed));
  }

  #merged(before: FakeSecret, { name, value, events, images, note }: Partial<FakeSecret>): FakeSecret {
    return {
      ...before,
      ...(name === undefined ? {} : { name }),
      // A change to an empty value is none.
      ...(value === undefined || (value === '' && before.value !== '') ? {} : { value }),
      ...(events === undefined ? {} : { events: [...events].sort() }),
      ...(images === undefined ? {} : { images }),
      ...(note === undefined || !this.#props.holdsNotes ? {} : { note }),
    };
  }
}

function faultOf({ name, value, events }: FakeSecret): string | undefined {
  if (events.length === 0) return 'Invalid Secret Event: no event specified';
  const unknown = events.find((event) => !knownEvents.has(event));
  if (unknown !== undefined) return `Invalid Secret Event: invalid webhook event: ${unknown}`;
  if (name === '') return 'Invalid Secret Name: empty name';
  return value === '' ? 'Invalid Secret Value: empty value' : undefined;
}

function shown({ id, fullName, remoteId, active, allowDeploy }: FakeRepository): object {
  return {
    ...{ id, full_name: fullName, owner: fullName.split('/')[0], forge_remote_id: remoteId, org_id: 7 },
    ...{ active, allow_deploy: allowDeploy },
  };
}

function withoutValue({ value: _value, ...rest }: FakeSecret): object {
  return rest;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

function text(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(message);
}
