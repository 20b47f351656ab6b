import { ServerError, unlessNotFound } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type ServerRequest, type TransportProps } from '../http/transport';

type Method = ServerRequest['method'];

/** Whose secrets: every repository's, an organization's, or one repository's, which win in the opposite order. */
export type SecretScope = 'global' | { readonly organizationId: number } | { readonly repositoryId: number };

export interface WoodpeckerSecretsProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  /** Scheme, host and port of the server. */
  readonly url: string;
  /** A personal access token: an administrator's for global secrets, one with push rights for a repository's. */
  readonly token: string;
  readonly scope: SecretScope;
}

/** A secret as the server lists it: never with its value, so that equality can not be read from it. */
export interface ListedSecret {
  /** Another one for every secret that is made, also under a name that was there before. */
  readonly id: number;
  readonly name: string;
  /** Pipelines of these alone receive it. */
  readonly events: readonly string[];
  readonly images: readonly string[];
}

export interface SecretToWrite {
  readonly name: string;
  readonly value: string;
  /** Pipelines of these events alone receive it; an empty list is refused with 422. */
  readonly events: readonly string[];
  /** Plugins of these images alone receive it; an empty list is no filter. */
  readonly images: readonly string[];
  /** Shown to people; servers before 3.14 ignore it. */
  readonly note: string;
}

const PAGE_SIZE = 50;
const MAX_PAGES = 200;

/**
 * Woodpecker's secrets of one scope.
 *
 * @see https://woodpecker-ci.org/api
 */
export class WoodpeckerSecrets {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #path: string;

  constructor({ url, token, scope, ...transport }: WoodpeckerSecretsProps) {
    this.#url = url;
    this.#path = pathOf(scope);
    this.#transport = new Transport({
      server: 'Woodpecker',
      ...transport,
      authorization: `Bearer ${token}`,
    });
  }

  /** All of them. A server that does not know pages answers each with the whole list, which then brings nothing new. */
  async list(): Promise<readonly ListedSecret[]> {
    const listed = new Map<number, ListedSecret>();
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const url = this.#at();
      url.search = new URLSearchParams({ page: String(page), perPage: String(PAGE_SIZE) }).toString();
      const rows = ((await this.#ask('GET', url)) ?? []) as unknown;
      if (!Array.isArray(rows)) throw malformed('GET', url, 'the list of secrets is none');
      const fresh = rows.map((row) => read('GET', url, row)).filter(({ id }) => !listed.has(id));
      if (fresh.length === 0) return [...listed.values()];
      for (const secret of fresh) listed.set(secret.id, secret);
    }
    throw malformed('GET', this.#at(), `the list of secrets has more than ${MAX_PAGES} pages`);
  }

  /** Whether the token may write global secrets: everybody who has logged in may list them (3.17). */
  async isAdministrator(): Promise<boolean> {
    const url = new URL('/api/user', this.#url);
    const { login, admin } = ((await this.#ask('GET', url)) ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof login !== 'string') throw malformed('GET', url, 'the answer is no user with a login');
    return admin === true;
  }

  /**
   * Creates it, or changes the one of that name. A duplicate is answered 500, which may also be the answer to a request
   * that was repeated because its first answer got lost: then the one that is there by now is changed.
   */
  async put(secret: SecretToWrite, exists: boolean): Promise<ListedSecret> {
    const changed = exists ? await this.#change(secret) : undefined;
    if (changed !== undefined) return changed;
    const url = this.#at();
    try {
      return read('POST', url, await this.#ask('POST', url, secret));
    } catch (error) {
      if (!(error instanceof ServerError) || error.kind !== 'server-error') throw error;
      const made = await this.#change(secret);
      if (made === undefined) throw error;
      return made;
    }
  }

  /** Removes it; one that is not there is removed. */
  async remove(name: string): Promise<void> {
    await unlessNotFound(this.#ask('DELETE', this.#at(name)));
  }

  /** Undefined where there is none of that name. */
  async #change({ name, ...change }: SecretToWrite): Promise<ListedSecret | undefined> {
    const url = this.#at(name);
    return unlessNotFound(this.#ask('PATCH', url, change).then((row) => read('PATCH', url, row)));
  }

  #ask(method: Method, url: URL, body?: Pick<SecretToWrite, 'value'>): Promise<unknown> {
    return askJson(this.#transport, { method, url, json: body, secrets: body ? [body.value] : [] });
  }

  #at(name?: string): URL {
    const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
    return new URL(`/api${this.#path}/secrets${one}`, this.#url);
  }
}

function pathOf(scope: SecretScope): string {
  if (scope === 'global') return '';
  return 'repositoryId' in scope ? `/repos/${scope.repositoryId}` : `/orgs/${scope.organizationId}`;
}

function read(method: string, url: URL, row: unknown): ListedSecret {
  const { id, name, ...lists } = (row ?? {}) as Readonly<Record<string, unknown>>;
  // Go writes null for a list without items.
  const [events, images] = [lists['events'] ?? [], lists['images'] ?? []];
  if (!Number.isSafeInteger(id) || typeof name !== 'string' || !isTexts(images) || !isTexts(events))
    throw malformed(method, url, 'the answer is no secret with id, name, events and images');
  return { id: id as number, name, events, images };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function malformed(method: string, url: URL, wrong: string): ServerError {
  const detail = `${wrong}; check that this address is the Woodpecker server`;
  return new ServerError({ method, url, kind: 'malformed', detail });
}
