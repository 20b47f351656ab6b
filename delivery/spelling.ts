import type { DeliveredImage } from './deliverable';

/** Stands in a text for what an expression or a shell variable gives. */
export const unknown = '\0';

/** A place in plain text that spells an image. */
export interface Spelling {
  readonly image: DeliveredImage;
  /** Of host and name, without the tag. */
  readonly start: number;
  readonly end: number;
  /** Past the tag and digest behind it; `end` where there is none to be read. */
  readonly tagEnd: number;
  /** Tag and digest, as `v4@sha256:…`; `undefined` where there is none or where it goes on in an expression. */
  readonly tag: string | undefined;
  /** Why this place cannot become a reference to the image, if it cannot. */
  readonly obstacle: string | undefined;
}

/** Every `host/name` by which a text may mean the image. */
export const namesOf = ({ repository, spellings }: DeliveredImage): string[] => [
  ...new Set([repository, ...spellings]),
];

/** The host of a name; `undefined` for a short name of Docker Hub. */
export function hostOf(name: string): string | undefined {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && /[.:]|^localhost$/u.test(first) ? first : undefined;
}

/** The images that a text spells. `unknown` characters stand for expressions; what is a part of another name is none. */
export function spellingsIn(text: string, images: readonly DeliveredImage[]): Spelling[] {
  const found: Spelling[] = [];
  const names = images
    .flatMap((image) => namesOf(image).map((name) => ({ image, name })))
    .sort((a, b) => b.name.length - a.name.length);
  for (const { image, name } of names) {
    for (const { index, 0: match } of text.matchAll(patternOf(name))) {
      const end = index + match.length;
      if (found.some((other) => index < other.end && end > other.start)) continue;
      const before = beginning(text.slice(0, index), name, image);
      const behind = ending(text.slice(end));
      if (before === 'another' || behind === 'another') continue;
      if (hostOf(name) === undefined && behind.tag === undefined && text[index - 1] === ':') continue;
      const { tag, length, obstacle } = behind;
      found.push({ image, start: index, end, tagEnd: end + length, tag, obstacle: before ?? obstacle });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Hosts are the same in any case and with the port that HTTPS has anyway; names are not. */
function patternOf(name: string): RegExp {
  const host = hostOf(name);
  const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
  if (host === undefined) return new RegExp(escape(name), 'gu');
  const anyCase = escape(host).replaceAll(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`);
  const port = host.includes(':') ? '' : String.raw`\.?(?::443)?`;
  return new RegExp(`${anyCase}${port}${escape(name.slice(host.length))}`, 'gu');
}

function beginning(before: string, name: string, image: DeliveredImage): string | undefined {
  const isTarget = name === image.repository;
  const hasHost = hostOf(name) !== undefined;
  if (before.endsWith(unknown)) return 'the name begins in an expression';
  if (/[A-Za-z0-9_-]$|[A-Za-z0-9_-]\.$/u.test(before)) return 'another';
  if (/https?:\/\/$/u.test(before)) return !hasHost || isTarget ? 'another' : 'it is a part of a URL';
  if (/[a-z]:\/\/$/u.test(before)) return undefined;
  if (/[/@]$/u.test(before)) return hasHost ? 'it is a part of a longer name' : 'another';
  return undefined;
}

function ending(
  behind: string,
): 'another' | { readonly tag: string | undefined; readonly length: number; readonly obstacle?: string } {
  if (/^(?:\0|\$|\{\{)/u.test(behind)) {
    return { tag: undefined, length: 0, obstacle: 'the name goes on in an expression' };
  }
  if (/^[._-]*[A-Za-z0-9]|^[._-]+\0|^\//u.test(behind)) return 'another';
  const match = /^(?::(\w[\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?/u.exec(behind)?.[0] ?? '';
  const goesOn = /^(?:\0|\$|\{\{|@\0)/u.test(behind.slice(match.length));
  return match === '' || goesOn
    ? { tag: undefined, length: 0 }
    : { tag: match.replace(/^:/u, ''), length: match.length };
}
