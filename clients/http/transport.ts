import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Semaphore } from '../concurrency';
import { printable } from '../printable';
import { Authorizer, type Credentials } from './authorizer';
import { parseChallenge } from './challenge';
import { ServerError, type ServerErrorKind } from './errors';
import { CutShortError, exchange, type HttpResponse, NoAnswerError } from './exchange';
import { parseJson } from './json';
import { expectSuccess, readLimited } from './response';

export interface TransportProps {
  /** What is asked, as messages name it. @default 'registry' */
  readonly server?: string;
  readonly credentials?: Credentials;
  /**
   * Hosts, with the port where it is not the scheme's own, whose token service may be sent the credentials beside the
   * server's own, e.g. the registry's public name. @default none
   */
  readonly realmHosts?: readonly string[];
  /** Sent as it is with every request to the server's own origin, for an API that does not challenge. */
  readonly authorization?: string;
  /** Whom a refusal (401, 403) is about, and what to run: behind every message of one. @default the message alone */
  readonly authority?: string;
  /** @default 16 */
  readonly maxConcurrentRequests?: number;
  /** From sending to the last byte of a small body, and to the headers of a blob. @default 15000 */
  readonly timeoutMs?: number;
  /** How often a request is repeated that failed for a temporary reason. @default 3 */
  readonly retries?: number;
  /** The first pause between repetitions; it doubles, with jitter. @default 500 */
  readonly retryDelayMs?: number;
  /** Ends every request, running or waiting. */
  readonly signal?: AbortSignal;
}

export interface ServerRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** What a token must allow, e.g. `repository:viktor/infra-ci:pull`. */
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What of the body no message may repeat. @default none */
  readonly secrets?: readonly string[];
  /** More time for the body, in proportion to what it must carry. @default 0 */
  readonly extraTimeoutMs?: number;
}

/** A timer takes no more, and runs out at once when it is given it. */
const maxTimeoutMs = 2 ** 31 - 1;
/** A `Retry-After` above this is not waited for. */
const maxRetryAfterMs = 60_000;
const maxRedirects = 5;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxTokenBodyBytes = 64 * 1024;
const maxTokenValues = 100;

/**
 * Sends requests to one server: bounded in number, time and repetition, authorized as the server asks. Credentials go to
 * its own origin and to a token service there or at a declared host, never along a redirect.
 */
export class Transport {
  readonly #semaphore: Semaphore;
  readonly #authorizer: Authorizer;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #retryDelayMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #server: string;
  readonly #authorization: string | undefined;
  readonly #authority: string | undefined;
  #quietUntil = 0;

  constructor(props: TransportProps) {
    this.#semaphore = new Semaphore(props.maxConcurrentRequests ?? 16);
    this.#timeoutMs = props.timeoutMs ?? 15_000;
    this.#retries = props.retries ?? 3;
    this.#retryDelayMs = props.retryDelayMs ?? 500;
    this.#signal = props.signal;
    this.#server = props.server ?? 'registry';
    // Every request under way listens to it.
    if (props.signal !== undefined) setMaxListeners(0, props.signal);
    this.#authorization = props.authorization;
    this.#authority = props.authority;
    this.#authorizer = new Authorizer({
      ...(props.credentials === undefined ? {} : { credentials: props.credentials }),
      realmHosts: props.realmHosts ?? [],
      send: (url, headers) => this.#requestToken(url, headers),
    });
  }

  /** Sends until a success that `read` could take whole, or until repeating is pointless. */
  async send<T>(request: ServerRequest, read: (response: HttpResponse) => Promise<T>): Promise<T> {
    let unanswered = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#semaphore.run(() => this.#once(request, read));
      } catch (thrown) {
        const error = this.#advised(thrown);
        if (error instanceof ServerError) {
          error.repeated = unanswered;
          // A proxy in front of the registry may answer 5xx for one that did what it was asked.
          unanswered ||= ['unreachable', 'timeout', 'server-error'].includes(error.kind);
        }
        if (!(error instanceof ServerError) || !error.temporary || attempt >= this.#retries) throw error;
        const pauseMs = error.retryAfterMs ?? this.#retryDelayMs * 2 ** attempt * (0.5 + Math.random() / 2);
        if (pauseMs > maxRetryAfterMs) throw error;
        // A registry that asks for quiet means all requests, not only the one that it told.
        if (error.retryAfterMs !== undefined) this.#quietUntil = performance.now() + pauseMs;
        await this.pause(pauseMs);
      }
    }
  }

  async #once<T>(request: ServerRequest, read: (response: HttpResponse) => Promise<T>): Promise<T> {
    await this.pause(this.#quietUntil - performance.now());
    return this.#inTime(request, async (signal) => read(await this.#authorized(request, signal)));
  }

  async #authorized(request: ServerRequest, signal: AbortSignal): Promise<HttpResponse> {
    let offered = this.#authorization ?? (await this.#authorizer.header(request.scope));
    let response = await this.#follow(request, offered, signal);
    // Twice at most: with the credentials themselves, then with a token for them.
    for (let round = 0; response.status === 401 && this.#authorization === undefined; round += 1) {
      // Who was redirected to is told nothing, whatever it asks for.
      if (response.url !== request.url) break;
      if (round > 0 && (round > 1 || offered?.startsWith('Basic ') !== true)) break;
      const challenge = parseChallenge(response.headers.get('www-authenticate') ?? '');
      if (challenge === undefined) break;
      const answer = await this.#authorizer.answer(challenge, response.url, offered);
      if (answer === undefined) break;
      response.body?.cancel();
      offered = answer;
      response = await this.#follow(request, offered, signal);
    }
    await (response.url === request.url
      ? expectSuccess(response, request, { secrets: [...(request.secrets ?? []), ...loginOf(offered)] })
      : expectSuccess(response, { method: request.method, url: response.url }, { by: 'elsewhere' }));
    return whole(response, request);
  }

  #advised(error: unknown): unknown {
    if (this.#authority === undefined || !(error instanceof ServerError)) return error;
    return error.refused ? error.advising(this.#authority) : error;
  }

  async #follow(
    request: ServerRequest,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    let { url } = request;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const response = await exchange(url, {
        method: request.method,
        headers: {
          // A compressed answer has another length than the descriptor says.
          'accept-encoding': 'identity',
          ...(hop === 0 ? request.headers : headersElsewhere(request.headers)),
          ...(hop === 0 && authorization !== undefined ? { authorization } : {}),
        },
        signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const location = response.headers.get('location');
      if (!redirectStatuses.has(response.status) || location === null) return response;
      response.body?.cancel();
      url = redirectTarget(request, url, location);
    }
    const detail = `redirected more than ${maxRedirects} times; check the registry's public address`;
    throw new ServerError({ ...at(request), kind: 'unexpected', detail });
  }

  async #requestToken(url: URL, headers: Record<string, string>): Promise<unknown> {
    const request: ServerRequest = { method: 'GET', url, scope: '', headers: {} };
    return this.#inTime(request, async (signal) => {
      const response = await this.#follow(request, headers['authorization'], signal);
      const { status } = response;
      const refuse = (detail: string, more: { status?: number } = {}): ServerError => {
        response.body?.cancel();
        return new ServerError({ ...at(request), kind: 'unauthorized', detail, ...more });
      };
      if (response.url !== url)
        throw refuse(
          'the token service redirects, and credentials follow no redirect; correct its public address',
        );
      if (status === 401 || status === 403)
        throw refuse(
          `the token service refused ${headers['authorization'] === undefined ? 'to be asked without credentials' : 'these credentials'} with ${status}; check user, token and scope`,
          { status },
        );
      await expectSuccess(response, request, { secrets: loginOf(headers['authorization']) });
      const body = await readLimited(response, request, maxTokenBodyBytes);
      return parseJson(body, request, { maxValues: maxTokenValues });
    });
  }

  /** Does what a request takes within its time, and while nobody has ended everything. */
  async #inTime<T>(request: ServerRequest, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const cancel = (): void => {
      controller.abort(this.#signal?.reason);
    };
    if (this.#signal?.aborted === true) cancel();
    this.#signal?.addEventListener('abort', cancel, { once: true });
    const limitMs = Math.min(this.#timeoutMs + (request.extraTimeoutMs ?? 0), maxTimeoutMs);
    const timer = setTimeout(() => {
      controller.abort(new DeadlineError(limitMs));
    }, limitMs);
    try {
      return await ask(controller.signal);
    } catch (error) {
      throw this.#classify(error, request, controller.signal);
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener('abort', cancel);
    }
  }

  #classify(error: unknown, request: ServerRequest, signal: AbortSignal): unknown {
    if (error instanceof ServerError) return error;
    const as = (kind: ServerErrorKind, detail: string): ServerError =>
      new ServerError({ ...at(request), kind, detail, cause: error });
    if (signal.aborted) {
      const reason: unknown = signal.reason;
      if (!(reason instanceof DeadlineError)) return reason;
      return as(
        'timeout',
        `no complete answer within ${reason.limitMs} ms; look at the load of the ${this.#server} and the path to it`,
      );
    }
    if (error instanceof CutShortError)
      return as(
        'cut-short',
        `the answer was cut short; look at the ${this.#server}, its storage and what stands before it`,
      );
    const isIt = `check that this address is the ${this.#server}`;
    if (error instanceof NoAnswerError) return as('unreachable', `no answer, got ${error.what}; ${isIt}`);
    const code = errorCode(error);
    if (code === undefined) return error;
    if (code === 'ERR_INVALID_CHAR')
      return as(
        'unauthorized',
        'was not asked, got a login that no header carries; store it anew without a line end',
      );
    if (code.startsWith('HPE_')) return as('malformed', `the answer is not HTTP, got ${code}; ${isIt}`);
    const kind = kindOfConnectionError(code);
    const whatToDo =
      kind === 'tls'
        ? 'trust its authority through NODE_EXTRA_CA_CERTS or ask by the name in its certificate'
        : `check that the ${this.#server} runs and that its name resolves here`;
    return as(kind, `the connection failed, got ${code}; ${whatToDo}`);
  }

  /** Waits, unless everything is to end. */
  async pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    const signal = this.#signal;
    await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** What proves who asks, as it is sent and as it is known to people. */
function loginOf(authorization = ''): readonly string[] {
  const [scheme = '', value = ''] = authorization.split(' ');
  const [, password = ''] = /:(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? [];
  return scheme === 'Basic' ? [value, password] : [value];
}

/** Neither a part that was not asked for nor a compressed answer: bytes of those would look damaged. */
function whole(response: HttpResponse, { method, url, headers }: ServerRequest): HttpResponse {
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  const isPart = response.status === 206 && headers?.['range'] === undefined;
  if (!isPart && (method === 'HEAD' || /^(identity)?$/i.test(encoding))) return response;
  response.body?.cancel();
  const detail = `asked for as it is, and answered ${isPart ? 'in part' : `compressed (${printable(encoding, 40)})`}; look at what stands before the server`;
  throw new ServerError({ method, url, kind: 'unexpected', detail });
}

/** What one who is redirected to may hear of: which part is wanted, and nothing that proves who asks. */
function headersElsewhere(headers: ServerRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => ['accept', 'range'].includes(name.toLowerCase())),
  );
}

/** Where a redirect leads, without what its address may say of credentials. Only what is read may be read elsewhere. */
function redirectTarget(request: ServerRequest, from: URL, location: string): URL {
  const refuse = (wrong: string): ServerError =>
    new ServerError({
      ...at(request),
      kind: 'unexpected',
      detail: `redirected ${wrong}; correct the address that was asked or the server's public one`,
    });
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refuse('a request that changes something');
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw refuse('to what is no address');
  if (from.protocol === 'https:' && url.protocol !== 'https:')
    throw refuse('from an encrypted address to an open one');
  url.username = '';
  url.password = '';
  return url;
}

class DeadlineError extends Error {
  constructor(readonly limitMs: number) {
    super(`deadline of ${limitMs} ms`);
  }
}

/** The first code along the causes; by shape, because an error may come from another realm. */
function errorCode(error: unknown): string | undefined {
  for (let current = error; typeof current === 'object' && current !== null;) {
    const { code, cause } = current as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    current = cause;
  }
  return undefined;
}

function kindOfConnectionError(code: string): 'tls' | 'unreachable' {
  return /CERT|^ERR_TLS|^ERR_SSL|SIGNATURE|^EPROTO$/.test(code) ? 'tls' : 'unreachable';
}

function at({ method, url }: Pick<ServerRequest, 'method' | 'url'>): { method: string; url: URL } {
  return { method, url };
}
