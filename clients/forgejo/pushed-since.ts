import type { ForgejoApi } from './api';
import { readPage, type Version } from './versions';

/** The rows of one package as a list had them. */
export interface KnownRows {
  readonly ids: ReadonlySet<number>;
  /** What was pushed since then is nowhere behind what was pushed before. */
  readonly newestMs: number;
}

/** Few rows make a quick answer, and what is new comes first. */
const PAGE_SIZE = 10;
const MAX_PAGES = 50;
/** By how much the forge's clock may have been set back since the list. */
const CLOCK_STEP_MS = 3_600_000;

type Dated = Pick<Version, 'id' | 'createdAtMs'>;

/** @param listedMs when the newest of the whole list was pushed: packages whose names have this one in them are on its pages */
export function knownRows(rows: readonly Dated[], listedMs = 0): KnownRows {
  return {
    ids: new Set(rows.map(({ id }) => id)),
    newestMs: Math.max(newestOf(rows), listedMs - CLOCK_STEP_MS),
  };
}

/** When the newest was pushed; what a clock that went wrong dated later says nothing of where a new row stands. */
export function newestOf(rows: readonly Dated[], nowMs = Date.now()): number {
  return rows.reduce((newest, { createdAtMs: ms }) => (ms > newest && ms <= nowMs ? ms : newest), 0);
}

/** A row of the package that was not there when `known` was listed: every push, of the same content too, makes one. */
export function newRow(
  rows: readonly Version[],
  name: string,
  { ids }: Pick<KnownRows, 'ids'>,
): Version | undefined {
  return rows.find((row) => row.package === name && !ids.has(row.id));
}

/** What was pushed to a package since its rows were listed, or `undefined`; read newest first, no further than `known`. */
export async function pushedSince(
  api: ForgejoApi,
  name: string,
  known: KnownRows,
): Promise<Version | undefined> {
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { versions } = await readPage(api, page, { limit: PAGE_SIZE, q: name });
    const found = newRow(versions, name, known);
    if (found !== undefined) return found;
    const last = versions.at(-1);
    if (last === undefined || last.createdAtMs < known.newestMs) return undefined;
  }
  throw new Error(
    `forgejo: "${name}" could not be compared with what was listed, got ${MAX_PAGES} pages of versions pushed meanwhile; run again when fewer pushes are under way`,
  );
}
