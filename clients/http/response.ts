import { printable } from '../printable';
import { ServerError, type ServerErrorKind } from './errors';
import type { HttpResponse } from './exchange';

export interface Asked {
  readonly method: string;
  readonly url: URL;
}

interface Refusing {
  readonly by?: 'server' | 'elsewhere';
  /** What was sent and may not be repeated: an answer that does is not shown. */
  readonly secrets?: readonly string[];
}

const maxErrorBodyBytes = 4 * 1024;

/** The body as it arrives; leaving the loop early closes it. */
export async function* chunksOf(response: HttpResponse): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body !== null) yield* response.body;
}

/** What several bodies may take together while they are read, or for as long as what was read is held. */
export class ByteBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(sizeBytes: number, { method, url }: Asked): void {
    this.#taken += sizeBytes;
    if (this.#taken <= this.#maxBytes) return;
    const detail = `the answers under way are together larger than ${this.#maxBytes} bytes; ask for fewer at a time`;
    throw new ServerError({ method, url, kind: 'too-large', detail });
  }

  give(sizeBytes: number): void {
    this.#taken -= sizeBytes;
  }
}

/** Reads a body whole, refusing it as soon as it is larger than `maxBytes`. */
export async function readLimited(
  response: HttpResponse,
  asked: Asked,
  maxBytes: number,
  budget?: ByteBudget,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(asked, maxBytes);
    for await (const chunk of chunksOf(response)) {
      size += chunk.byteLength;
      budget?.take(chunk.byteLength, asked);
      if (size > maxBytes) throw tooLarge(asked, maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  } catch (error) {
    response.body?.cancel();
    throw error;
  } finally {
    budget?.give(size);
  }
}

function tooLarge({ method, url }: Asked, maxBytes: number): ServerError {
  const detail = `the body is larger than ${maxBytes} bytes, the most that is read`;
  return new ServerError({ method, url, kind: 'too-large', detail });
}

/**
 * The response when its status is a success; otherwise the server's refusal, thrown. The refusal of a server that was
 * redirected to says nothing of the credentials, which it was not sent.
 */
export async function expectSuccess(
  response: HttpResponse,
  asked: Asked,
  { by = 'server', secrets = [] }: Refusing = {},
): Promise<HttpResponse> {
  if (response.ok) return response;
  const { status } = response;
  const { code, message } = await registryErrorOf(response, asked, secrets);
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  const said = [code, message === undefined ? undefined : `"${message}"`].filter(
    (part) => part !== undefined,
  );
  const isElsewhere = by === 'elsewhere' && (status === 401 || status === 403);
  throw new ServerError({
    method: asked.method,
    url: asked.url,
    kind: isElsewhere ? 'unexpected' : kindOfStatus(status),
    status,
    detail: `${by === 'elsewhere' ? 'refused after a redirect' : 'refused'}, got ${[status, ...said].join(' ')}${asked.method === 'HEAD' ? '; repeat with GET for the reason' : ''}${isElsewhere ? '; credentials follow no redirect, so let what was asked answer at its own address' : ''}`,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function kindOfStatus(status: number): ServerErrorKind {
  if (status >= 500) return 'server-error';
  const kinds: Readonly<Record<number, ServerErrorKind>> = {
    401: 'unauthorized',
    403: 'denied',
    404: 'not-found',
    408: 'timeout',
    429: 'too-many-requests',
  };
  return kinds[status] ?? 'unexpected';
}

async function registryErrorOf(
  response: HttpResponse,
  asked: Asked,
  secrets: readonly string[],
): Promise<{ code?: string; message?: string }> {
  const body = await readLimited(response, asked, maxErrorBodyBytes).catch(() => Buffer.alloc(0));
  const text = body.toString('utf8').trim();
  // A page of what was asked, as a server in debugging shows it, is no reason.
  const isEcho = (...parts: readonly unknown[]): boolean =>
    secrets.some((secret) => secret !== '' && parts.some((part) => String(part).includes(secret)));
  if (isEcho(text)) return {};
  try {
    // The registry's own form, that of Forgejo's and Kubernetes' APIs, or Vault's: texts alone.
    const told = JSON.parse(text) as { errors?: unknown; message?: unknown };
    const first: unknown = Array.isArray(told.errors) ? told.errors[0] : undefined;
    const { code, message = typeof first === 'string' ? first : told.message } = (first ?? {}) as {
      code?: unknown;
      message?: unknown;
    };
    // What JSON spells otherwise, such as a line end.
    if (isEcho(code, message)) return {};
    return {
      ...(typeof code === 'string' ? { code: printable(code, 64) } : {}),
      ...(typeof message === 'string' ? { message: printable(message, 200) } : {}),
    };
  } catch {
    const plain = response.headers.get('content-type')?.startsWith('text/plain') === true;
    return plain && text !== '' ? { message: printable(text, 200) } : {};
  }
}

/** Seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
