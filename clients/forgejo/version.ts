import { isNotFound, ServerError } from '../http/errors';
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
    await api.transport.send(
      { method: 'DELETE', url: api.packages('container', name, version), scope: '' },
      (response) => Promise.resolve(response.body?.cancel()),
    );
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // A repeated request may find what the first one did before its answer was lost.
    return error.repeated;
  }
}

/** Whether Forgejo still has a version of that name. */
export async function hasVersion(api: ForgejoApi, name: string, version: Tag): Promise<boolean> {
  try {
    await api.transport.send(
      { method: 'GET', url: api.packages('container', name, version), scope: '' },
      (response) => Promise.resolve(response.body?.cancel()),
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export function malformed({ method, url }: ServerRequest, wrong: string): ServerError {
  return new ServerError({
    method,
    url,
    kind: 'malformed',
    detail: `${wrong}; check that this address is a Forgejo`,
  });
}
