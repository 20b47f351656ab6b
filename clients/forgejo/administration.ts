import { randomBytes } from 'node:crypto';
import { isNotFound, ServerError, unlessNotFound } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type ServerRequest, type TransportProps } from '../http/transport';
import { malformed } from './version';
import { whyNoForgejo } from './why-no-forgejo';

export interface AdministrationProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  readonly url: string;
  /** A site administrator. Tokens are issued by a password alone: from 11.0.4 on, Forgejo takes no token in its place. */
  readonly user: string;
  readonly password: string;
  /** The one-time password of an administrator with a second factor. */
  readonly oneTimePassword?: string;
}

export interface Account {
  /** Another than was asked for, where the account was renamed. */
  readonly login: string;
  readonly active: boolean;
  readonly prohibit_login: boolean;
}

/** A token as the list has it: never its value, but the end of it. */
export interface TokenEntry {
  readonly name: string;
  readonly token_last_eight: string;
  readonly scopes: readonly string[];
}

export interface Team {
  readonly id: number;
  readonly name: string;
  readonly units_map: Readonly<Record<string, string>> | null;
}

const PAGE_SIZE = 50;
const MAX_PAGES = 200;

/** What a site administrator does at a Forgejo: accounts, organizations, teams, tokens. */
export class ForgejoAdministration {
  readonly #transport: Transport;
  readonly #transportOf: (authorization: string) => Transport;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, user, password, oneTimePassword, ...transport }: AdministrationProps) {
    this.#url = url;
    this.#headers = {
      'content-type': 'application/json',
      // Forgejo before 10, and Gitea, know it by the other name alone.
      ...(oneTimePassword === undefined
        ? {}
        : { 'x-forgejo-otp': oneTimePassword, 'x-gitea-otp': oneTimePassword }),
    };
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    this.#transportOf = (by) => new Transport({ ...transport, server: 'Forgejo', authorization: by });
    this.#transport = this.#transportOf(authorization);
  }

  /**
   * Why this administrator can do nothing here, and whether for want of a login; undefined when all is well. The password
   * is shown to a Forgejo alone.
   */
  async refusal(): Promise<{ readonly why: string; readonly ofLogin: boolean } | undefined> {
    const where = `forgejo at ${new URL(this.#url).origin}`;
    try {
      const stranger = await whyNoForgejo(this.#url);
      if (stranger !== undefined) return { why: `${where}: ${stranger}`, ofLogin: false };
      const answer = (await this.ask('GET', ['user'])) as { is_admin?: unknown; login?: unknown } | null;
      const { is_admin: isAdmin, login } = answer ?? {};
      if (isAdmin === true) return undefined;
      const why =
        typeof login === 'string'
          ? `${where}: "${login}" is no site administrator, got an ordinary account; give the name and password of one`
          : `${where}: does not say who this is, got no login; correct the address if it is no Forgejo`;
      return { why, ofLogin: false };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      return { why: `${where}: ${whyNot(error)}`, ofLogin: error.kind === 'unauthorized' };
    }
  }

  /** Undefined where there is none. */
  async account(name: string): Promise<Account | undefined> {
    const path = ['users', name];
    const found = await this.find(path);
    const types = { login: 'string', active: 'boolean', prohibit_login: 'boolean' };
    return found === undefined ? undefined : (this.#rows(path, [found], types)[0] as Account);
  }

  /** Makes an account that may use its tokens at once. An administrator issues them, so nobody is told its password. */
  async createAccount(name: string, email: string): Promise<void> {
    const password = randomBytes(32).toString('base64url');
    const json = { username: name, email, password, must_change_password: false, visibility: 'limited' };
    const asked = { method: 'POST', url: this.#at(['admin', 'users']), headers: this.#headers } as const;
    await askJson(this.#transport, { ...asked, json, secrets: [password] });
  }

  /** Under this very name: one that was renamed answers to its old name too. */
  async organizationExists(name: string): Promise<boolean> {
    const found = (await this.find(['orgs', name])) as { username?: unknown } | null | undefined;
    return typeof found?.username === 'string' && found.username.toLowerCase() === name.toLowerCase();
  }

  async createOrganization(name: string): Promise<void> {
    await this.ask('POST', ['orgs'], { username: name, visibility: 'limited' });
  }

  teams(organization: string): Promise<readonly Team[]> {
    return this.#list<Team>(['orgs', organization, 'teams'], { id: 'number', name: 'string' });
  }

  async createTeam(organization: string, name: string, packages: 'read' | 'write'): Promise<void> {
    await this.ask('POST', ['orgs', organization, 'teams'], teamOf(name, packages));
  }

  async setTeam(id: number, name: string, packages: 'read' | 'write'): Promise<void> {
    await this.ask('PATCH', ['teams', String(id)], teamOf(name, packages));
  }

  async members(teamId: number): Promise<readonly string[]> {
    const path = ['teams', String(teamId), 'members'];
    return (await this.#list<{ readonly login: string }>(path, { login: 'string' })).map(
      ({ login }) => login,
    );
  }

  async join(teamId: number, member: string): Promise<void> {
    await this.ask('PUT', ['teams', String(teamId), 'members', member]);
  }

  async tokens(account: string): Promise<readonly TokenEntry[]> {
    const types = { name: 'string', token_last_eight: 'string' };
    const listed = await this.#list<TokenEntry>(['users', account, 'tokens'], types);
    // Go writes null for a list without items.
    return listed.map((entry) => ({ ...entry, scopes: Array.isArray(entry.scopes) ? entry.scopes : [] }));
  }

  /** Whether an account may not act by a token of the right scope: its password or its second factor waits to be set. */
  async isHeldBack(account: string, token: string): Promise<boolean> {
    const query = new URLSearchParams({ type: 'container', limit: '1' });
    try {
      await this.ask('GET', ['packages', account], undefined, query, this.#transportOf(`token ${token}`));
      return false;
    } catch (error) {
      if (error instanceof ServerError && error.kind === 'denied') return true;
      throw error;
    }
  }

  /** The new token's value, which is never told again. */
  async issueToken(account: string, name: string, scopes: readonly string[]): Promise<string> {
    const path = ['users', account, 'tokens'];
    const answer = (await this.ask('POST', path, { name, scopes })) as { sha1?: unknown } | undefined;
    if (isToken(answer?.sha1)) return answer.sha1;
    throw this.#malformed('POST', path, 'the new token is not 40 hexadecimal digits');
  }

  async deleteToken(account: string, name: string): Promise<void> {
    await unlessNotFound(this.ask('DELETE', ['users', account, 'tokens', name]));
  }

  /** Undefined where there is none. */
  async find(path: readonly string[], query?: URLSearchParams): Promise<unknown> {
    try {
      return await this.ask('GET', path, undefined, query);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (error.url.pathname === this.#at(path).pathname) return undefined;
      // Whoever follows a redirect has no login, and does not see what is private: it is there under another name.
      throw error.advising('it was renamed or moved; name it as it is called now, or rename it back');
    }
  }

  async #list<T>(
    path: readonly string[],
    types: Readonly<Partial<Record<keyof T, string>>>,
  ): Promise<readonly T[]> {
    const rows: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), page: String(page) });
      const answer = await this.ask('GET', path, undefined, query);
      if (!Array.isArray(answer)) throw this.#malformed('GET', path, 'the list is not one');
      rows.push(...(this.#rows(path, answer, types) as readonly T[]));
      // An instance may have set a lower limit than was asked for, so only an empty page is the last.
      if (answer.length === 0) return rows;
    }
    throw this.#malformed('GET', path, `the list has more than ${MAX_PAGES} pages`);
  }

  /** @throws ServerError when one of them has not these fields, of these types */
  #rows(
    path: readonly string[],
    rows: readonly unknown[],
    types: Readonly<Partial<Record<string, string>>>,
  ): readonly unknown[] {
    for (const row of rows)
      for (const [field, type] of Object.entries(types))
        if (typeof (row as Readonly<Record<string, unknown>> | null)?.[field] !== type)
          throw this.#malformed('GET', path, `"${field}" is no ${String(type)}`);
    return rows;
  }

  async ask(
    method: ServerRequest['method'],
    path: readonly string[],
    body?: object,
    query?: URLSearchParams,
    transport = this.#transport,
  ): Promise<unknown> {
    const url = this.#at(path);
    if (query !== undefined) url.search = query.toString();
    return askJson(transport, { method, url, headers: this.#headers, json: body });
  }

  #malformed(method: ServerRequest['method'], path: readonly string[], wrong: string): ServerError {
    return malformed({ method, url: this.#at(path), scope: '' }, wrong);
  }

  #at(path: readonly string[]): URL {
    return new URL(`/api/v1/${path.map(encodeURIComponent).join('/')}`, this.#url);
  }
}

/** Whether it has the form of a personal access token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value);
}

function whyNot({ kind, message }: ServerError): string {
  if (kind === 'unauthorized')
    return 'the administrator is refused, got 401; check name and password, and give the one-time password of a second factor (FORGEJO_ADMIN_OTP). With a security key, or without a password, use --through-pod; where the server takes no passwords, the commands below';
  if (kind === 'denied')
    return 'the administrator may not act, got 403; one that must change its password changes it first, in the web interface; or use --through-pod';
  return `${message}; correct the address if it is no Forgejo`;
}

/** A team that reaches every repository's packages and no other unit. */
function teamOf(name: string, packages: 'read' | 'write'): object {
  return {
    ...{ name, permission: packages, can_create_org_repo: false, includes_all_repositories: false },
    units: ['repo.packages'],
    units_map: { 'repo.packages': packages },
  };
}
