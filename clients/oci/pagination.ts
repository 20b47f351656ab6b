import { ServerError } from '../http/errors';
import type { Asked } from '../http/response';

/**
 * The names on one page of a catalogue or tag list; `null`, as registry:2 writes for none, is none. A document without the
 * field is no such page: whatever answers `{}` to everything is not an empty registry.
 */
export function namesOf(page: unknown, field: string, { method, url }: Asked): string[] {
  const told = (page as Record<string, unknown> | null)?.[field];
  const names = told === null ? [] : told;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  const detail = `"${field}" is not a list of names; check that this address is a registry`;
  throw new ServerError({ method, url, kind: 'malformed', detail });
}

/**
 * Where a `Link` header says the next page is, as written: absolute, or relative to the page.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextPage(header: string | null): string | undefined {
  // Stryker disable next-line StringLiteral: a text without a link has no next page either
  return linksOf(header ?? '').find(({ relations }) => relations.includes('next'))?.target;
}

interface Link {
  readonly target: string;
  readonly relations: readonly string[];
}

/** One link at a time from where the last one ended; what is no link ends the reading. */
function linksOf(header: string): Link[] {
  const link = /[\s,]*<([^>]*)>/y;
  const parameter = /\s*;\s*([\w!#$&+.^`|~*-]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;
  const links: Link[] = [];
  for (let start = link.exec(header); start !== null; start = link.exec(header)) {
    parameter.lastIndex = link.lastIndex;
    let relation: string | undefined;
    for (let part = parameter.exec(header); part !== null; part = parameter.exec(header)) {
      // Stryker disable next-line StringLiteral: the name always takes part, and no text that is no relation is "next"
      const [, name = '', quoted, token = ''] = part;
      // Only the first one counts.
      if (name.toLowerCase() === 'rel') relation ??= quoted?.replace(/\\(.)/g, '$1') ?? token;
      link.lastIndex = parameter.lastIndex;
    }
    // Stryker disable next-line StringLiteral: the target always takes part, and no relation is not "next"
    links.push({ target: start[1] ?? '', relations: (relation ?? '').toLowerCase().split(/\s/) });
  }
  return links;
}
