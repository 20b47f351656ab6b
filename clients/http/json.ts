import { ServerError } from './errors';
import type { Asked } from './response';

/** What one document may hold: numbers, texts, lists and objects, and how deep. */
export interface JsonLimits {
  readonly maxValues: number;
}

/** Nothing that a registry, a forge or a cluster writes is nested nearly as deep. */
const maxDepth = 64;

export function parseJson(body: Uint8Array, { method, url }: Asked, limits: JsonLimits): unknown {
  refuseExcess(body, { method, url }, limits);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const detail =
      'the body is not JSON; check that this address is the server meant and not a page in front of it';
    throw new ServerError({ method, url, kind: 'malformed', detail, cause });
  }
}

/**
 * The size of a document in bytes says little of its size in memory (`[{},{},…]` takes twenty times as much), so what it
 * holds is counted before it is built.
 */
export function refuseExcess(body: Uint8Array, { method, url }: Asked, { maxValues }: JsonLimits): void {
  const excess = excessOf(body, maxValues);
  if (excess === undefined) return;
  const detail = `the document has more than ${excess}; what it describes cannot be looked at`;
  throw new ServerError({ method, url, kind: 'too-large', detail });
}

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = Buffer.from('"\\,[]{}');

function excessOf(bytes: Uint8Array, maxValues: number): string | undefined {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === comma) values += 1;
    else if (byte === openList || byte === openObject) {
      values += 1;
      depth += 1;
    } else if (byte === closeList || byte === closeObject) depth -= 1;
    if (depth > maxDepth) return `${maxDepth} levels`;
    if (values > maxValues) return `${maxValues} values`;
  }
  return undefined;
}

/** Where the text that starts at `from` ends; behind the document when it never does. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === backslash) at += 1;
    else if (bytes[at] === quote) return at;
  }
  return bytes.length;
}
