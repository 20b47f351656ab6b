import { RegistryError, type RegistryErrorKind } from './errors';
import type { HttpResponse } from './exchange';

/** What was asked, for the message when it is refused. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
}

const maxErrorBodyBytes = 16 * 1024;

/** The body as it arrives; leaving the loop early closes it. */
export async function* chunksOf(response: HttpResponse): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body !== null) yield* response.body;
}

/** Reads a body whole, refusing it as soon as it is larger than `maxBytes`. */
export async function readLimited(response: HttpResponse, asked: Asked, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = Number(response.headers.get('content-length') ?? 0) > maxBytes ? Infinity : 0;
  if (size <= maxBytes) {
    for await (const chunk of chunksOf(response)) {
      size += chunk.byteLength;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  }
  if (size <= maxBytes) return Buffer.concat(chunks, size);
  response.body?.cancel();
  throw new RegistryError({
    method: asked.method,
    url: asked.url,
    kind: 'too-large',
    detail: `the body is larger than ${maxBytes} bytes; raise the limit if the registry is right`,
  });
}

export function parseJson(body: Uint8Array, asked: Asked): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch (cause) {
    const detail =
      'the body is not JSON; check that this address is a registry and not a page in front of it';
    throw new RegistryError({ method: asked.method, url: asked.url, kind: 'malformed', detail, cause });
  }
}

/** The response when its status is a success; otherwise the registry's refusal, thrown. */
export async function expectSuccess(response: HttpResponse, asked: Asked): Promise<HttpResponse> {
  if (response.ok) return response;
  const { status } = response;
  const { code, message } = await registryErrorOf(response, asked);
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  const said = [code, message === undefined ? undefined : `"${message}"`].filter(
    (part) => part !== undefined,
  );
  throw new RegistryError({
    method: asked.method,
    url: asked.url,
    kind: kindOfStatus(status),
    status,
    detail: `refused, got ${[status, ...said].join(' ')}${asked.method === 'HEAD' ? '; repeat with GET for the reason' : ''}`,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function kindOfStatus(status: number): RegistryErrorKind {
  if (status >= 500) return 'server-error';
  const kinds: Readonly<Record<number, RegistryErrorKind>> = {
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
): Promise<{ code?: string; message?: string }> {
  const body = await readLimited(response, asked, maxErrorBodyBytes).catch(() => Buffer.alloc(0));
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as {
      errors?: { code?: unknown; message?: unknown }[];
    };
    const { code, message } = errors?.[0] ?? {};
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof message === 'string' ? { message: message.slice(0, 200) } : {}),
    };
  } catch {
    return {};
  }
}

/** Seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
