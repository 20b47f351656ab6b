import type { Retired } from './retired';

/** A reference in one text. */
export interface Found {
  /** As far as it can be read: host, path, tag, digest. */
  readonly reference: string;
  readonly start: number;
}

export interface ReferenceFinder {
  /** Every place of a text that names what is retired, in order. What is a part of another name is none. */
  readonly find: (text: string) => readonly Found[];
  /** Whether a text has a word of any of it, at the least; quick, for texts of any length. */
  readonly mayHold: (text: string) => boolean;
}

/** @see https://distribution.github.io/reference for what may stand where in a reference */
export function referenceFinder({ hosts, hubNames, hubHosts }: Retired): ReferenceFinder {
  const stop = String.raw`(?=[/:@?"'\s,;)\]<>|\\]|$)`;
  const part = String.raw`[\w.$\x7b\x7d%+~-]+?`;
  const tail = `(?:/${part}${stop})*(?::${part}${stop})?(?:@sha256:[0-9a-f]{64})?`;
  // A default of the shell, `${NAME:-host}`, begins behind a dash.
  const before = String.raw`(?<![A-Za-z0-9]|(?<!:)-|[A-Za-z0-9-]\.)`;
  const anyHost = hosts.map((host) =>
    // A folder of containerd's certs.d may write 10.0.0.1_5050_.
    host.includes(':')
      ? `${literally(host).replace(':', '[:_]')}(?!\\d)`
      : `${literally(host)}\\.?(?::\\d{1,5})?`,
  );
  const end = String.raw`(?![A-Za-z0-9-])(?!\.[A-Za-z0-9])`;
  const ofHost = new RegExp(`${before}(?:${anyHost.sort(longest).join('|')})${end}${tail}`, 'giu');
  const names = hubNames.map(literally).sort(longest).join('|');
  const prefix = hubHosts.map(literally).join('|');
  const short = String.raw`(?<=docker://|:[-=]|(?<![\w./:@~-]))`;
  const ofHub =
    names === ''
      ? undefined
      : new RegExp(`${short}((?:${prefix})/(?:library/)?)?(?:${names})(?![\\w/-])(?!\\.\\w)${tail}`, 'giu');
  const find = (text: string): Found[] => {
    const found = [...text.matchAll(ofHost)].map(({ 0: reference, index }) => ({
      reference: reference.replace(/\.$/u, ''),
      start: index,
    }));
    for (const match of ofHub === undefined ? [] : text.matchAll(ofHub)) {
      const { 0: reference, 1: host, index } = match;
      if (host !== undefined || isImage(text, index, reference)) found.push({ reference, start: index });
    }
    return found.sort((a, b) => a.start - b.start);
  };
  const words = new RegExp([...new Set([...hosts, ...hubNames].map(wordOf))].map(literally).join('|'), 'iu');
  return { find, mayHold: (text) => words.test(text) };
}

/** The longest word of a name, which stands even where the name is put together. */
function wordOf(name: string): string {
  return name.split(/[./:]/u).sort(longest)[0] ?? name;
}

const imageWords =
  /(?:^|[^a-z])(?:images?|img|repo|repository|from|pull|push|tag|docker|crane|skopeo|regctl|podman|container|new_?name|packages?(?:_?names?)?)(?:$|[^a-z])/iu;

/** A short name is a repository of Git as well: it is an image by its tag, or by the word before it. */
function isImage(text: string, start: number, reference: string): boolean {
  // Of a line as long as a whole bundle, what stands far away says nothing of a name.
  const before = text.slice(Math.max(start - 1_000, 0), start);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  if (line.endsWith('docker://')) return true;
  // What a line that goes on says of Git before its end is about another command.
  if (/\b(?:uses|github|git\s+clone|gh)\b/iu.test(line.replace(/^.*\\(?=\s)/su, ''))) return false;
  if (/:[^/]+$|@sha256:/u.test(reference)) return true;
  return imageWords.test(line.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, '_'));
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
const longest = (a: string, b: string): number => b.length - a.length;
