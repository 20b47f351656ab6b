import { commentStart, type FileKind } from './file-kind';
import type { ReferenceFinder } from './find-references';
import { expanded, type KnownValues } from './known-values';

/** A reference to what is retired, in a file of a tree. */
export interface Reference {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly kind: FileKind;
  /** What a program reads; prose is for people: documents and comments. */
  readonly use: 'live' | 'prose';
  /** `host/path:tag` as far as it can be read. */
  readonly reference: string;
  /** `spelled` there letter for letter, or seen once `escapes` are resolved, or names replaced by their `values`. */
  readonly how: 'spelled' | 'escapes' | 'values';
}

export interface ScanText {
  readonly path: string;
  readonly text: string;
  readonly kind: FileKind;
  readonly known: KnownValues;
}

/** Every reference in a text, each once a line. */
export function scanText(
  { path, text, kind, known }: ScanText,
  { find, mayHold }: ReferenceFinder,
): readonly Reference[] {
  const found = new Map<string, Reference>();
  const add = (line: number, how: Reference['how'], searched: string, proseFrom: number): void => {
    for (const { reference, start } of find(searched)) {
      const key = `${line} ${reference.toLowerCase()}`;
      const use = kind === 'markdown' || start >= proseFrom ? 'prose' : 'live';
      if (!found.has(key)) found.set(key, { path, line, kind, use, reference, how });
    }
  };
  for (const { text: inside, line } of base64Texts(text))
    if (mayHold(inside)) add(line, 'escapes', inside, inside.length);
  if (!mayHold(text) && ![...known.values()].some((values) => values.some(mayHold)))
    return [...found.values()];
  for (const [index, line] of text.split('\n').entries()) {
    const comment = commentStart(kind, line);
    add(index + 1, 'spelled', line, comment);
    const plain = unescaped(line);
    if (plain !== undefined)
      add(index + 1, 'escapes', plain, line.slice(0, comment).trim() === '' ? 0 : plain.length);
    if (/\$|format\(|join\(|["']\s*\+/u.test(line))
      for (const other of expanded(line.slice(0, comment), known))
        add(index + 1, 'values', other, other.length);
  }
  return [...found.values()];
}

/** What stands in a text as Base64 and is text again, with the line on which it stands. */
function base64Texts(content: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  for (const { 0: run, index } of content.matchAll(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}/gu)) {
    const text = Buffer.from(run, 'base64').toString('latin1');
    if (/^[\t\n\r\x20-\x7e]+$/u.test(text))
      found.push({ text, line: content.slice(0, index).split('\n').length });
  }
  return found;
}

const named: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: '\t' };

/** The line with the escapes of JSON, of programs and of URLs resolved; `undefined` where it has none. */
function unescaped(line: string): string | undefined {
  if (!/\\|%[0-9a-f]{2}/iu.test(line)) return undefined;
  return line.replaceAll(
    /\\+(?:u\{?([0-9a-f]{4})\}?|x([0-9a-f]{2})|(.))|%([0-9a-f]{2})/giu,
    (_all, unicode?: string, byte?: string, letter?: string, percent?: string) => {
      const code = unicode ?? byte ?? percent;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return named[letter ?? ''] ?? letter ?? '';
    },
  );
}
