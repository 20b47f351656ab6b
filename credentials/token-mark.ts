import type { DesiredToken } from './desired';

/** Which generation of a token is in use, and since when: in the metadata of its path, since Forgejo tells no age. */
export interface TokenMark {
  readonly generation: number;
  readonly sinceMs: number;
}

/** The entry of the path's metadata. */
export function markKey({ vault: { key } }: Pick<DesiredToken, 'vault'>): string {
  return `${key}_generation`;
}

/** `3 since 2026-05-07T10:00:00.000Z` */
export function formatMark({ generation, sinceMs }: TokenMark): string {
  return `${generation} since ${new Date(sinceMs).toISOString()}`;
}

/** Undefined for text that is none: then the token counts as stored just now. */
export function parseMark(text: unknown): TokenMark | undefined {
  const [, generation, since = ''] =
    typeof text === 'string' ? (/^([1-9]\d{0,8}) since (\S+)$/.exec(text) ?? []) : [];
  const sinceMs = Date.parse(since);
  return generation === undefined || Number.isNaN(sinceMs)
    ? undefined
    : { generation: Number(generation), sinceMs };
}
