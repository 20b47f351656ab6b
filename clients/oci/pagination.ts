import { RegistryError } from '../http/errors';
import type { Asked } from '../http/response';

/** The names on one page of a catalogue or tag list; `null`, as registry:2 writes for none, is none. */
export function namesOf(page: unknown, field: string, { method, url }: Asked): string[] {
  const names = (page as Record<string, unknown> | null)?.[field] ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  const detail = `"${field}" is not a list of names; check that this address is a registry`;
  throw new RegistryError({ method, url, kind: 'malformed', detail });
}

/**
 * Where a `Link` header says the next page is, as written: absolute, or relative to the page.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextPage(link: string | null): string | undefined {
  const next = link?.split(/,(?=\s*<)/).find((part) => /;\s*rel="?next"?/i.test(part));
  return next === undefined ? undefined : /<([^>]*)>/.exec(next)?.[1];
}
