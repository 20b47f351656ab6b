import type { Challenge } from './challenge';
import { ServerError } from './errors';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

type BearerChallenge = Extract<Challenge, { scheme: 'bearer' }>;

interface Token {
  readonly header: string;
  readonly expiresAt: number;
}

export interface AuthorizerProps {
  readonly credentials?: Credentials;
  /** Hosts whose token service may be sent the credentials, beside the one that was asked. */
  readonly realmHosts: readonly string[];
  /** How the token service is reached; the transport's own sending, so that its limits hold there too. */
  readonly send: (url: URL, headers: Record<string, string>) => Promise<unknown>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** The specification's lifetime for a token that names none, and what is taken off for clocks and flight. */
const defaultLifetimeSeconds = 60;
const marginSeconds = 10;
/** Registries that scope tokens by repository would otherwise grow the cache with the catalogue. */
const maxTokens = 64;

/**
 * The `Authorization` header of every request to one registry: none until it challenges, then what the challenge
 * asks for. Tokens are cached by scope until they expire, and fetched once however many requests wait for one.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export class Authorizer {
  readonly #credentials: Credentials | undefined;
  readonly #realmHosts: ReadonlySet<string>;
  readonly #send: AuthorizerProps['send'];
  readonly #now: () => number;
  readonly #tokens = new Map<string, Promise<Token>>();
  #basicIsRefused = false;
  #last: { readonly challenge: Challenge; readonly asked: URL } | undefined;

  constructor({ credentials, realmHosts, send, now }: AuthorizerProps) {
    this.#credentials = credentials;
    this.#realmHosts = new Set(realmHosts.map((host) => host.toLowerCase()));
    this.#send = send;
    this.#now = now ?? Date.now;
  }

  /** The header to send before being asked, or `undefined` when nothing is known yet that fits this scope. */
  async header(scope: string): Promise<string | undefined> {
    if (this.#last === undefined) return undefined;
    const { challenge, asked } = this.#last;
    if (challenge.scheme === 'basic') return this.#basic();
    // A scope of one repository is repeated for the next one; any other (Forgejo's "*") covers everything.
    const wanted = challenge.scope?.startsWith('repository:') === true ? scope : challenge.scope;
    return this.#bearer({ ...challenge, ...(wanted === undefined ? {} : { scope: wanted }) }, asked);
  }

  /** The header that answers a challenge, newer than `refused`; `undefined` when nothing better can be offered. */
  async answer(challenge: Challenge, asked: URL, refused: string | undefined): Promise<string | undefined> {
    // Forgejo's realm is its public address, which a pod may not reach (2026-06-10); it takes Basic just as well.
    const basic = this.#basic();
    if (challenge.scheme === 'bearer' && basic !== undefined && basic === refused)
      this.#basicIsRefused = true;
    const offersBasic =
      challenge.scheme === 'basic' ||
      (basic !== undefined && !this.#basicIsRefused && isElsewhere(challenge, asked));
    this.#last = { challenge: offersBasic ? { scheme: 'basic' } : challenge, asked };
    const header = offersBasic ? basic : await this.#bearer(challenge, asked, refused);
    return header === refused ? undefined : header;
  }

  #basic(): string | undefined {
    if (this.#credentials === undefined) return undefined;
    const { username, password } = this.#credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #bearer(challenge: BearerChallenge, asked: URL, refused?: string): Promise<string> {
    const url = this.#tokenUrl(challenge, asked);
    const key = url.href;
    for (let cached = this.#tokens.get(key); cached !== undefined;) {
      const { header, expiresAt } = await cached;
      if (expiresAt > this.#now() && header !== refused) return header;
      const current = this.#tokens.get(key);
      if (current === cached) break;
      cached = current;
    }
    const fetching = this.#fetch(url);
    this.#tokens.delete(key);
    this.#tokens.set(key, fetching);
    const oldest = this.#tokens.keys().next().value;
    if (this.#tokens.size > maxTokens && oldest !== undefined) this.#tokens.delete(oldest);
    try {
      return (await fetching).header;
    } catch (error) {
      if (this.#tokens.get(key) === fetching) this.#tokens.delete(key);
      throw error;
    }
  }

  /** Where a token for the challenge is issued, if the credentials may be sent there. */
  #tokenUrl({ realm, service, scope }: BearerChallenge, asked: URL): URL {
    const refuse = (wrong: string): ServerError =>
      new ServerError({ kind: 'unauthorized', method: 'GET', url: asked, detail: wrong });
    const url = URL.canParse(realm, asked) ? new URL(realm, asked) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol))
      throw refuse(
        `the registry's token service has no address, got realm "${realm}"; correct its public address`,
      );
    url.username = '';
    url.password = '';
    if (asked.protocol === 'https:' && url.protocol !== 'https:')
      throw refuse(
        `the registry sends credentials to an unencrypted realm, got "${url.protocol}"; correct its public address`,
      );
    const known = url.origin === asked.origin || this.#realmHosts.has(url.host);
    if (this.#credentials !== undefined && !known)
      throw refuse(
        `the registry refuses these credentials and sends them to a token service that is not one of its hosts, got "${url.origin}"; check user and token, and the registry's public address`,
      );
    if (service !== undefined) url.searchParams.set('service', service);
    if (scope !== undefined) url.searchParams.set('scope', scope);
    return url;
  }

  async #fetch(url: URL): Promise<Token> {
    const basic = this.#basic();
    const answer = await this.#send(url, basic === undefined ? {} : { authorization: basic });
    const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    const token = [fields['token'], fields['access_token']].find(isToken);
    if (token === undefined) {
      throw new ServerError({
        kind: 'malformed',
        method: 'GET',
        url,
        detail: 'the token service answered without a token; check that the realm is the token service',
      });
    }
    const { expires_in: told } = fields;
    const lifetimeSeconds = typeof told === 'number' ? told : defaultLifetimeSeconds;
    return {
      header: `Bearer ${token}`,
      expiresAt: this.#now() + Math.max(lifetimeSeconds - marginSeconds, 1) * 1000,
    };
  }
}

function isElsewhere({ realm }: BearerChallenge, asked: URL): boolean {
  return !URL.canParse(realm, asked) || new URL(realm, asked).origin !== asked.origin;
}

/** A text that a header can carry. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
