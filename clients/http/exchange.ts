import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly url: URL;
  readonly status: number;
  readonly ok: boolean;
  readonly headers: { get(name: string): string | null };
  /** Null where there is none to read, as after HEAD. */
  readonly body: HttpBody | null;
}

interface HttpBody extends AsyncIterable<Uint8Array> {
  /** Reads no further; the connection is kept only when the rest is small and here at once. */
  cancel(): void;
}

/** An answer that is none: what Node would leave without a result, or never end. */
export class NoAnswerError extends Error {
  constructor(readonly what: string) {
    super(what);
  }
}

/** A body that began and did not end as announced. */
export class CutShortError extends Error {
  constructor(cause: unknown) {
    super('the body was cut short', { cause });
  }
}

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
/** A rest that is read to its end sooner than a new connection is made, and how long that may take. */
const cheapRestBytes = 64 * 1024;
const cheapRestMs = 100;
/** More than any server needs before it answers. */
const maxInterimAnswers = 8;

/**
 * One request and its answer, redirects and refusals included; every way that a connection can end settles it. Not by
 * `fetch`: its streams take half a second of processor time more for each GiB, where hashing takes 0.65 s (Node 20 and
 * 22), and its parser more memory.
 */
export async function exchange(
  url: URL,
  { method, headers, body, signal }: HttpRequest,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = { method, headers, signal, agent: secure ? agents.https : agents.http };
    const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
    // Also after the answer has begun: what fails then is told to who reads its body.
    request.on('error', (error: NodeJS.ErrnoException) => {
      // What an earlier answer left behind it says nothing of this one, which another connection may bring.
      const isLeft = request.reusedSocket && error.code?.startsWith('HPE_') === true;
      reject(isLeft ? new NoAnswerError('the rest of an earlier answer') : error);
    });
    refuseNoAnswers(request, reject);
    request.once('response', (message) => {
      request.off('close', closed);
      resolve(responseOf(url, method, message));
    });
    const closed = (): void => {
      reject(new NoAnswerError('a connection that was closed'));
    };
    request.once('close', closed);
    request.end(body);
  });
}

function refuseNoAnswers(request: ClientRequest, reject: (error: Error) => void): void {
  let interim = 0;
  request.once('upgrade', (_message, socket) => {
    socket.destroy();
    reject(new NoAnswerError('a change of protocol that nobody asked for'));
  });
  request.on('information', () => {
    interim += 1;
    if (interim > maxInterimAnswers) request.destroy(new NoAnswerError('one interim answer after another'));
  });
}

function responseOf(url: URL, method: string, message: IncomingMessage): HttpResponse {
  const status = message.statusCode ?? 0;
  // The parser knows these to be without a body, so the connection is free for the next request at once.
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  message.on('error', () => undefined);
  if (bodiless) message.resume();
  return {
    url,
    status,
    ok: status >= 200 && status < 300,
    headers: {
      get: (name) => {
        const value = message.headers[name];
        return value === undefined ? null : String(value);
      },
    },
    body: bodiless
      ? null
      : {
          [Symbol.asyncIterator]: () => whole(message),
          cancel: () => {
            cancel(message);
          },
        },
  };
}

/** The chunks of a message; leaving the loop early closes its connection. */
async function* whole(message: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* message as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw message.complete ? error : new CutShortError(error);
  }
}

function cancel(message: IncomingMessage): void {
  const rest = Number(message.headers['content-length'] ?? Infinity);
  if (message.complete || rest <= cheapRestBytes) {
    const timer = setTimeout(() => message.destroy(), cheapRestMs).unref();
    message.once('close', () => {
      clearTimeout(timer);
    });
    message.resume();
  } else message.destroy();
}
