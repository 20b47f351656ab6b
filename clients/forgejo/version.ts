import { isNotFound, ServerError, unlessNotFound } from '../http/errors';
import type { ServerRequest } from '../http/transport';
import type { ForgejoApi } from './api';
import type { UnclaimedDigest } from './package-contents';
import type { Tag } from './tag';

/**
 * Deletes one version and nothing else; the registry's own DELETE would take every tag of the same digest with it. Answers
 * whether it was there: deleting twice is not an error.
 */
export async function deleteVersion(
  api: ForgejoApi,
  name: string,
  version: Tag | UnclaimedDigest,
): Promise<boolean> {
  try {
    return await ask(api, 'DELETE', name, version);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // A repeated request may find what the first one did before its answer was lost.
    return error.repeated;
  }
}

export async function hasVersion(api: ForgejoApi, name: string, version: Tag): Promise<boolean> {
  return (await unlessNotFound(ask(api, 'GET', name, version))) ?? false;
}

async function ask(api: ForgejoApi, method: 'GET' | 'DELETE', name: string, version: string): Promise<true> {
  const request = { method, url: api.packages('container', name, version), scope: '' };
  await api.transport.send(request, (response) => Promise.resolve(response.body?.cancel()));
  return true;
}

export function malformed({ method, url }: ServerRequest, wrong: string): ServerError {
  return new ServerError({
    method,
    url,
    kind: 'malformed',
    detail: `${wrong}; check that this address is a Forgejo`,
  });
}
