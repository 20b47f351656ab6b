import { parseJson } from './json';
import { readLimited } from './response';
import type { ServerRequest, Transport } from './transport';

/** A request of an API that speaks JSON. */
export interface JsonRequest extends Pick<ServerRequest, 'method' | 'url' | 'secrets'> {
  /** @default the content type alone */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as the body. @default none */
  readonly json?: object | undefined;
}

/** What any list of a homelab's servers has room in. */
const usualLimits = { maxBytes: 4 * 1024 * 1024, maxValues: 100_000 };

/** The document that answers; undefined where the answer has no body. */
export async function askJson(
  transport: Transport,
  { json, headers = { 'content-type': 'application/json' }, ...asked }: JsonRequest,
  { maxBytes, maxValues } = usualLimits,
): Promise<unknown> {
  const body = json === undefined ? {} : { body: Buffer.from(JSON.stringify(json)) };
  const request: ServerRequest = { ...asked, scope: '', headers, ...body };
  return transport.send(request, async (response) => {
    const text = await readLimited(response, request, maxBytes);
    return text.length === 0 ? undefined : parseJson(text, request, { maxValues });
  });
}
