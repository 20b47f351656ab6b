import { RegistryError } from '../http/errors';
import { parseJson } from '../http/json';
import { readLimited } from '../http/response';
import type { RegistryRequest } from '../http/transport';
import type { ForgejoApi } from './api';
import type { Tag } from './tag';

const MAX_VERSION_BYTES = 64 * 1024;
const MAX_VERSION_VALUES = 1_000;

/**
 * The row of a tag now, or `undefined` when there is none. Every push makes a new row, so a row that is not the one seen
 * before means that somebody pushed the tag since.
 */
export async function rowOf(api: ForgejoApi, name: string, tag: Tag): Promise<number | undefined> {
  const request: RegistryRequest = { method: 'GET', url: api.packages('container', name, tag), scope: '' };
  try {
    return await api.transport.send(request, async (response) => {
      const body = await readLimited(response, request, MAX_VERSION_BYTES);
      const version = parseJson(body, request, { maxValues: MAX_VERSION_VALUES });
      const id = (version as { id?: unknown } | null)?.id;
      if (typeof id === 'number') return id;
      throw malformed(request, 'the version has no id');
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Deletes one tag and nothing else; the registry's own DELETE would take every tag of the same digest with it. Answers
 * whether it was there: deleting twice is not an error.
 */
export async function deleteTag(api: ForgejoApi, name: string, tag: Tag): Promise<boolean> {
  try {
    await api.transport.send(
      { method: 'DELETE', url: api.packages('container', name, tag), scope: '' },
      (response) => Promise.resolve(response.body?.cancel()),
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export function malformed({ method, url }: RegistryRequest, wrong: string): RegistryError {
  return new RegistryError({
    method,
    url,
    kind: 'malformed',
    detail: `${wrong}; check that this address is a Forgejo`,
  });
}

function isNotFound(error: unknown): boolean {
  return error instanceof RegistryError && error.kind === 'not-found';
}
