import { base64Texts, unescaped } from './decoded';
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

const maxBegun = 1_000;
/** An item of a list, which says what it is in the line that heads it. */
const item = /^\s*(?:-\s+)?["']?[\w./@-]*(?::[\w.@-]+)?["']?,?\s*(?:#.*)?$/u;
const heading = /[:=]\s*[[(]?\s*(?:#.*)?$/u;

/** Every reference in a text, each once a line. */
export function scanText(
  { path, text, kind, known }: ScanText,
  { find, mayHold }: ReferenceFinder,
): readonly Reference[] {
  const found = new Map<string, Reference>();
  const add = (line: number, how: Reference['how'], searched: string, proseFrom: number, from = 0): void => {
    for (const { reference, start } of find(searched)) {
      if (start < from) continue;
      const key = `${line} ${reference.toLowerCase()}`;
      const use = kind === 'markdown' || start >= proseFrom ? 'prose' : 'live';
      if (!found.has(key)) found.set(key, { path, line, kind, use, reference, how });
    }
  };
  // As containerd's certs.d/<host>/hosts.toml.
  for (const name of path.split('/')) if (mayHold(name)) add(1, 'spelled', name, name.length);
  for (const { text: inside, line } of base64Texts(text))
    if (mayHold(inside)) add(line, 'escapes', inside, inside.length);
  if (!mayHold(text) && ![...known.values()].some((values) => values.some(mayHold)))
    return [...found.values()];
  let [begun, heads, heredoc] = ['', '', ''];
  for (const [index, line] of text.split('\n').entries()) {
    // What stands in a heredoc is a file of its own: a glob or a line of a crontab begins no comment in it.
    const comment = commentStart(heredoc === '' ? kind : 'shell', line);
    if (line.trim() === heredoc) heredoc = '';
    else if (heredoc === '' && kind === 'hcl')
      heredoc = /<<-?([\w-]+)\s*$/u.exec(line.slice(0, comment))?.[1] ?? '';
    const short = line.slice(0, maxBegun);
    if (begun === '' && item.test(short)) begun = `${heads} `;
    else heads = heading.test(short) ? short : '';
    add(index + 1, 'spelled', begun + line, begun.length + comment, begun.length);
    // What goes on says on an earlier line what it is about.
    begun = /\\\r?$/u.test(line) ? (begun + line).slice(0, maxBegun) : '';
    const plain = unescaped(line);
    if (plain !== undefined)
      add(index + 1, 'escapes', plain, line.slice(0, comment).trim() === '' ? 0 : plain.length);
    if (/\$|format\(|join\(|["']\s*\+/u.test(line))
      for (const other of expanded(line.slice(0, comment), known))
        add(index + 1, 'values', other, other.length);
  }
  return [...found.values()];
}
