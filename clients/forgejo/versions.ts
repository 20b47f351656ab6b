import { forEachConcurrently } from '../concurrency';
import { parseJson } from '../http/json';
import { printable } from '../printable';
import { readLimited } from '../http/response';
import type { ServerRequest } from '../http/transport';
import type { ForgejoApi } from './api';
import { malformed } from './version';

/** One row of Forgejo's list: a tag or a digest of a container package. */
export interface Version {
  readonly id: number;
  readonly package: string;
  readonly name: string;
  readonly createdAtMs: number;
}

interface Page {
  readonly total: number;
  readonly versions: readonly Version[];
}

/** Forgejo's own limit, MAX_RESPONSE_ITEMS; an instance may have set a lower one. */
const PAGE_SIZE = 50;
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
const MAX_PAGE_VALUES = 20_000;
/** What the memory of the job has room for, many times what a homelab has. */
const MAX_VERSIONS = 50_000;
/** Of a package or a version: Forgejo's columns take as much. */
const MAX_NAME_LENGTH = 255;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
const CONCURRENT_PAGES = 8;

/**
 * Every version of every container package of the owner. The list is whole or an error: pushes and deletions shift its
 * pages, so it is read again until every page names the same total and the pages together have that many rows.
 */
export async function listVersions(api: ForgejoApi): Promise<readonly Version[]> {
  const seen: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await api.transport.pause(FIRST_PAUSE_MS * 2 ** attempt);
    const { totals, versions } = await readOnce(api);
    if (totals.size === 1 && totals.has(versions.size)) return [...versions.values()];
    seen.push(`${versions.size} of ${[...totals].join('/')}`);
  }
  throw new Error(
    `forgejo: the packages of "${api.owner}" changed during each of ${ATTEMPTS} readings, got ${seen.join(', ')} versions; run again when fewer pushes are under way`,
  );
}

async function readOnce(api: ForgejoApi): Promise<{ totals: Set<number>; versions: Map<number, Version> }> {
  const first = await readPage(api, 1);
  const totals = new Set([first.total]);
  const versions = new Map(first.versions.map((version) => [version.id, version]));
  const pageSize = Math.max(first.versions.length, 1);
  let isEnded = false;
  // One page more than the total says: a total that is too small must not make a part look whole.
  function* pages(): Generator<number> {
    for (let number = 2; (number - 2) * pageSize < first.total && !isEnded; number++) yield number;
  }
  await forEachConcurrently(pages(), CONCURRENT_PAGES, async (number) => {
    const page = await readPage(api, number);
    isEnded ||= page.versions.length === 0;
    totals.add(page.total);
    for (const version of page.versions) versions.set(version.id, version);
  });
  return { totals, versions };
}

/** One page of the owner's container versions, the newest first; `q` is a part of the package's name. */
export async function readPage(
  api: ForgejoApi,
  page: number,
  { limit = PAGE_SIZE, q }: { readonly limit?: number; readonly q?: string } = {},
): Promise<Page> {
  const url = api.packages();
  url.search = new URLSearchParams({
    type: 'container',
    limit: String(limit),
    page: String(page),
    ...(q === undefined ? {} : { q }),
  }).toString();
  const request: ServerRequest = { method: 'GET', url, scope: '' };
  return api.transport.send(request, async (response) => {
    const total = Number(response.headers.get('x-total-count') ?? Number.NaN);
    if (!Number.isInteger(total) || total < 0) throw malformed(request, 'the list has no X-Total-Count');
    if (total > MAX_VERSIONS)
      throw malformed(request, `the list is of more than ${MAX_VERSIONS} versions, got ${total}`);
    const body = await readLimited(response, request, MAX_PAGE_BYTES);
    const rows = parseJson(body, request, { maxValues: MAX_PAGE_VALUES });
    if (!Array.isArray(rows)) throw malformed(request, 'the list is not one');
    if (rows.length > PAGE_SIZE)
      throw malformed(
        request,
        `a page has more than the ${PAGE_SIZE} versions asked for, got ${rows.length}`,
      );
    if (!rows.every((row) => isOf(api.owner, row)))
      throw malformed(request, 'the list has a package of another owner or type');
    return { total, versions: rows.map((row) => versionOf(row, request)) };
  });
}

/** As far as the row tells: a renamed owner's name leads to somebody else's packages. */
function isOf(owner: string, row: unknown): boolean {
  const { type, owner: told } = (row ?? {}) as { type?: unknown; owner?: { login?: unknown } | null };
  const differs = (value: unknown, from: string): boolean =>
    typeof value === 'string' && value.toLowerCase() !== from.toLowerCase();
  return !differs(type, 'container') && !differs(told?.login, owner);
}

function versionOf(row: unknown, request: ServerRequest): Version {
  const { id, name, version, created_at: createdAt } = (row ?? {}) as Record<string, unknown>;
  const createdAtMs = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (
    typeof id !== 'number' ||
    typeof name !== 'string' ||
    typeof version !== 'string' ||
    Number.isNaN(createdAtMs)
  )
    throw malformed(
      request,
      `a version is incomplete, got ${JSON.stringify({ id, name, version, createdAt })}`,
    );
  if (Math.max(name.length, version.length) > MAX_NAME_LENGTH)
    throw malformed(
      request,
      `a name has more than ${MAX_NAME_LENGTH} characters, got ${printable(`${name} ${version}`, 80)}`,
    );
  return { id, package: name, name: version, createdAtMs };
}
