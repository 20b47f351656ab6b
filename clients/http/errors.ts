import { printable } from '../printable';

/**
 * Why a server, a registry or another, did not do what was asked:
 * - `unreachable`: no connection, or it ended before an answer; `cut-short`: an answer that began and did not end; `timeout`: no answer, or one too slow, within the time given
 * - `tls`: the certificate was refused
 * - `unauthorized`: 401 after a fresh token, or the token service refused; `denied`: 403
 * - `not-found`: 404; `too-many-requests`: 429; `server-error`: 5xx; `unexpected`: any other status
 * - `too-large`: the body is larger than the limit; `malformed`: the body is not what the specification says
 * - `digest-mismatch`, `size-mismatch`: the bytes are not the ones that the digest or descriptor names
 */
export type ServerErrorKind =
  | 'unreachable'
  | 'cut-short'
  | 'timeout'
  | 'tls'
  | 'unauthorized'
  | 'denied'
  | 'not-found'
  | 'too-many-requests'
  | 'server-error'
  | 'unexpected'
  | 'too-large'
  | 'malformed'
  | 'digest-mismatch'
  | 'size-mismatch';

const temporaryKinds: ReadonlySet<ServerErrorKind> = new Set([
  'unreachable',
  'cut-short',
  'timeout',
  'too-many-requests',
  'server-error',
]);

export interface ServerErrorProps {
  readonly kind: ServerErrorKind;
  readonly method: string;
  readonly url: URL;
  readonly detail: string;
  readonly status?: number;
  /** The registry's own error code, e.g. `MANIFEST_UNKNOWN`. */
  readonly code?: string;
  /** How long the registry asked to be left alone. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** One failed request: what was asked (without credentials), what came back, whether asking again may help. */
export class ServerError extends Error {
  readonly kind: ServerErrorKind;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** The same request may succeed later without anybody's doing. */
  readonly temporary: boolean;
  readonly #props: ServerErrorProps;
  /** The request had been sent before, and what became of that is unknown: its connection broke, or it had no answer. */
  repeated = false;

  constructor(props: ServerErrorProps) {
    super(printable(`${props.method} ${redact(props.url)}: ${props.detail}`, MAX_MESSAGE_LENGTH), {
      cause: props.cause,
    });
    this.name = 'ServerError';
    this.#props = props;
    this.kind = props.kind;
    this.status = props.status;
    this.code = props.code;
    this.retryAfterMs = props.retryAfterMs;
    this.temporary = temporaryKinds.has(props.kind);
  }

  /** It is about who asks: another token or account may be answered. */
  get refused(): boolean {
    return this.kind === 'unauthorized' || this.kind === 'denied';
  }

  /** What was asked last: another address than the first where it was redirected. */
  get url(): URL {
    return this.#props.url;
  }

  /** The same, with what is to be done about it behind what is wrong. */
  advising(what: string): ServerError {
    return new ServerError({ ...this.#props, detail: `${this.#props.detail}; ${what}`, cause: this });
  }
}

export function isNotFound(error: unknown): error is ServerError {
  return error instanceof ServerError && error.kind === 'not-found';
}

/** What was asked for; undefined where the server has no such thing. */
export async function unlessNotFound<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

/** Room for the longest path and what is wrong with it. */
const MAX_MESSAGE_LENGTH = 1_024;

/** Scheme, host and path: user information and the query may carry credentials. */
function redact(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
