import { gunzipSync } from 'node:zlib';
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

/** Every `host/name` by which a text may mean the image; Docker Hub's own hosts are left out of a name, as `acme/side`. */
const namesOf = ({ repository, spellings }: DeliveredImage): string[] => [
  ...new Set([repository, ...spellings].map((name) => name.replace(dockerHub, ''))),
];

const dockerHub = /^(?:(?:index|registry-1)\.)?docker\.io\/(?:library\/(?=[^/]+$))?/u;

/** The host of a name; `undefined` for a short name of Docker Hub. */
function hostOf(name: string): string | undefined {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && /[.:]|^localhost$/u.test(first) ? first : undefined;
}

/** The images that a text spells. `unknown` characters stand for expressions; what is a part of another name is none. */
export function spellingsIn(text: string, images: readonly DeliveredImage[]): Spelling[] {
  const found: Spelling[] = [];
  const { names, any } = patterns.get(images) ?? newPatterns(images);
  if (!any.test(text)) return found;
  for (const { image, name, pattern } of names) {
    for (const { index, 0: match } of text.matchAll(pattern)) {
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

interface Patterns {
  readonly names: readonly {
    readonly image: DeliveredImage;
    readonly name: string;
    readonly pattern: RegExp;
  }[];
  readonly any: RegExp;
}

/** Every word of a stack is looked through for the same few images. */
const patterns = new WeakMap<readonly DeliveredImage[], Patterns>();

function newPatterns(images: readonly DeliveredImage[]): Patterns {
  const names = images
    .flatMap((image) =>
      namesOf(image).map((name) => ({ image, name, pattern: new RegExp(patternOf(name), 'gu') })),
    )
    .sort((a, b) => b.name.length - a.name.length);
  const made = { names, any: new RegExp(names.map(({ name }) => patternOf(name)).join('|') || '(?!)', 'u') };
  patterns.set(images, made);
  return made;
}

/** Hosts are the same in any case and with the port that HTTPS has anyway; names are not. */
function patternOf(name: string): string {
  const host = hostOf(name);
  if (host === undefined) {
    const official = name.includes('/') ? '' : '(?:library/)?';
    const hub = String.raw`(?:(?:(?:[Ii]ndex|registry-1)\.)?[Dd]ocker\.io(?::443)?/${official})?`;
    return `${hub}${literally(name)}`;
  }
  const anyCase = literally(host).replaceAll(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`);
  const port = host.includes(':') ? '' : String.raw`\.?(?::443)?`;
  return `${anyCase}${port}${literally(name.slice(host.length))}`;
}

function beginning(before: string, name: string, image: DeliveredImage): string | undefined {
  // A page of the forge, as https://forgejo.example/owner/app.
  const isPage = name === image.repository || name.split('/').length > 2;
  const hasHost = hostOf(name) !== undefined;
  if (before.endsWith(unknown)) return 'the name begins in an expression';
  if (/[A-Za-z0-9_-]$|[A-Za-z0-9_-]\.$/u.test(before)) return 'another';
  if (/https?:\/\/$/iu.test(before)) return !hasHost || isPage ? 'another' : 'it is a part of a URL';
  if (/[a-z]:\/\/$/iu.test(before)) return undefined;
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

/** What is wrong with one word of a value, the places that are references already being marked. */
export function faultIn(value: string, images: readonly DeliveredImage[]): string | undefined {
  if (spellingsIn(value, images).length > 0) return 'the image is put together from parts here';
  if (/\uE000(?:[._-]*[A-Za-z0-9]|[/\0])|\uE001(?:[\w.\0-]|[:@][\w\0])/u.test(value)) {
    return 'the name goes on in or behind an expression here, so it may be another image';
  }
  if (/(?:[\w\0-]|[\w\0]\.|(?<!:\/)\/)[\uE000\uE001]/u.test(value)) {
    return 'the name is a part of a longer one here';
  }
  // Only what an expression gives a part of goes on.
  for (const name of value.includes(unknown) ? images.flatMap(namesOf) : []) {
    const host = hostOf(name);
    const path = host === undefined ? name : name.slice(host.length + 1);
    if (new RegExp(`(?<!://)\\0(?::\\d+)?/${literally(path)}[:@]`, 'u').test(value)) {
      return 'the host comes from an expression that cannot be read here, so it may be this image';
    }
    if (host !== undefined && mayGoOnAs(value, host, path)) {
      return 'the name comes from an expression that cannot be read here, so it may be this image';
    }
  }
  return undefined;
}

/** `host/ap` and then an expression: the rest may make it `host/app`. */
function mayGoOnAs(value: string, host: string, path: string): boolean {
  const begins = value.toLowerCase().indexOf(`${host}/`);
  const cut = value.indexOf(unknown, begins);
  if (begins === -1 || cut === -1 || /[\w.-]$|https?:\/\/$/u.test(value.slice(0, begins))) return false;
  return path.startsWith(value.slice(begins + host.length + 1, cut));
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');

/** Hosts that an image moves away from. */
export const hostsLeft = (images: readonly DeliveredImage[]): string[] => [
  ...new Set(
    images.flatMap((image) =>
      namesOf(image)
        .flatMap((name) => hostOf(name) ?? [])
        .filter((host) => host !== hostOf(image.repository)),
    ),
  ),
];

/** Those of them that a program may join with their name: it stands alone in one of the texts, or nobody knows what does. */
export function hostsApart(images: readonly DeliveredImage[], texts: readonly string[]): string[] {
  const paths = [
    ...new Set(images.flatMap(namesOf).map((name) => name.slice((hostOf(name) ?? '/').length + 1))),
  ];
  const alone = new RegExp(`(?<![\\w./-])(?:${paths.map(literally).join('|')})(?![\\w/-]|\\.\\w)`, 'u');
  const ofUnknowns = /\}\/\$\{[^}]*\}[:@]/u;
  return texts.some((text) => alone.test(text) || ofUnknowns.test(text)) ? hostsLeft(images) : [];
}

/** A host that stands by itself, as a value and not as the key of a login. */
export function hostAlone(text: string, hosts: readonly string[]): string | undefined {
  const host = hosts.find((one) =>
    new RegExp(
      `(?<![\\w./-]|[\\w-]@)${literally(one)}\\.?(?::443)?(?!:\\d|[\\w-]|\\.\\w|/[\\w\\0]|\\\\?["']?\\s*(?:=[^=]|:(?:\\s|$|[{["])))`,
      'iu',
    ).test(text),
  );
  return (
    host && `the host "${host}" stands apart from its image's name here, so something may put them together`
  );
}

/** The lines of a text; one that ends in a backslash goes on in the next, as a shell and YAML take it. */
export function wholeLines(text: string): string[] {
  return text
    .split(/\r?\n/u)
    .map((line, index, lines) =>
      line.endsWith('\\') ? `${line.slice(0, -1)}${(lines[index + 1] ?? '').trimStart()}` : line,
    );
}

/** A line as other readers take it: escapes of JSON, YAML, URLs and patterns resolved, quotes gone, base64 and hex decoded. */
export function otherReadings(line: string, depth = 2): string[] {
  const plain = line
    .replaceAll(/\\([/.])/gu, '$1')
    .replaceAll(
      /\\u00([2-7][\da-f])|\\x([2-7][\da-f])|%([2-7][\da-f])|&#x([2-7][\da-f]);/giu,
      (_, ...codes: string[]) => String.fromCodePoint(Number.parseInt(codes.find(Boolean) ?? '20', 16)),
    );
  const encoded = [
    ...(line.match(/[\w+/-]{12,}={0,2}/gu) ?? []).map((run) => Buffer.from(run, 'base64')),
    ...(line.match(/\b(?:[\da-f]{2}){6,}\b/giu) ?? []).map((run) => Buffer.from(run, 'hex')),
  ].flatMap((bytes) =>
    (bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes.toString())
      .replaceAll(unknown, '')
      .split('\n'),
  );
  const deeper = depth > 1 ? encoded.flatMap((text) => otherReadings(text, depth - 1)) : [];
  return [plain, plain.replaceAll(/["'`]/gu, ''), ...encoded, ...deeper];
}

function unpacked(bytes: Buffer): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: 1 << 24 }).toString();
  } catch {
    return '';
  }
}
