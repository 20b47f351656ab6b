import { ServerError } from '../http/errors';
import { parseJson } from '../http/json';
import { readLimited } from '../http/response';
import { Transport, type ServerRequest } from '../http/transport';

const MAX_BYTES = 4096;

/**
 * Why an address is no Forgejo; undefined where it is one. Asked without credentials, before any is sent there.
 * @throws ServerError when nobody answers for the moment
 */
export async function whyNoForgejo(url: string): Promise<string | undefined> {
  const request: ServerRequest = { method: 'GET', url: new URL('/api/v1/version', url), scope: '' };
  const none = (got: string): string =>
    `answers at /api/v1/version as no Forgejo does, got ${got}; correct estate.forgejo.host, or --forgejo`;
  try {
    return await new Transport({ server: 'Forgejo' }).send(request, async (response) => {
      const answer = parseJson(await readLimited(response, request, MAX_BYTES), request, { maxValues: 10 });
      if (response.url !== request.url) return none(`a redirect to ${response.url.origin}`);
      const isOne = typeof (answer as { version?: unknown } | null)?.version === 'string';
      return isOne ? undefined : none('no version');
    });
  } catch (error) {
    if (!(error instanceof ServerError) || error.temporary) throw error;
    if (
      error.url.href === request.url.href &&
      error.message.includes('got 403 "Only signed in user is allowed to call APIs."')
    )
      return undefined;
    return none(error.status === undefined ? 'no version' : String(error.status));
  }
}
