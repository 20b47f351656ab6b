import { posix } from 'node:path';
import type { FileKind } from './file-kind';

/** Every text that a name may stand for: `local.registry`, `var.tag`, `REGISTRY`. */
export type KnownValues = ReadonlyMap<string, readonly string[]>;

const most = 8;
const text = String.raw`"((?:[^"\\]|\\.)*)"`;

/** What shells, Dockerfiles and YAML give names to, within one file. */
export function valuesOfFile(kind: FileKind, content: string): KnownValues {
  const found = new Map<string, string[]>();
  if (['shell', 'dockerfile', 'yaml', 'text'].includes(kind)) {
    const assigned =
      /(?:^|[\s;])(?:export\s+|ARG\s+|ENV\s+|readonly\s+|local\s+|-\s+)?(\w+)(?:=|:[ \t]+)["']?([\w./:@${}-]+)/gu;
    for (const [, name = '', value = ''] of content.matchAll(assigned)) add(found, name, value);
  }
  return found;
}

/** What HCL gives names to: the locals and defaults of each folder, and what callers hand to a module's variables. */
export function valuesOfFolders(
  files: readonly { readonly path: string; readonly text: string }[],
): ReadonlyMap<string, KnownValues> {
  const folders = new Map<string, Map<string, string[]>>();
  const of = (folder: string): Map<string, string[]> => {
    const known = folders.get(folder) ?? new Map<string, string[]>();
    folders.set(folder, known);
    return known;
  };
  const pairs = new RegExp(String.raw`(?:^|[{,\n])\s*"?([\w-]+)"?\s*=\s*${text}`, 'gu');
  for (const { path, text: content } of files) {
    const folder = posix.dirname(path);
    if (path.endsWith('.tfvars')) {
      for (const [, name = '', value = ''] of content.matchAll(pairs)) add(of(folder), `var.${name}`, value);
      continue;
    }
    for (const { head, body } of blocksOf(content)) {
      const label = /"([^"]+)"/u.exec(head)?.[1] ?? '';
      const inside = [...body.matchAll(pairs)];
      const source = inside.find(([, name]) => name === 'source')?.[2] ?? '';
      for (const [, name = '', value = ''] of inside) {
        if (head.startsWith('locals')) add(of(folder), `local.${name}`, value);
        if (head.startsWith('inputs')) add(of(folder), `var.${name}`, value);
        if (head.startsWith('variable') && name === 'default') add(of(folder), `var.${label}`, value);
        if (head.startsWith('module') && source.startsWith('.'))
          add(of(posix.join(folder, source)), `var.${name}`, value);
      }
    }
  }
  return folders;
}

/** The top-level blocks that give names to values, with the text between their braces. */
function* blocksOf(content: string): Generator<{ readonly head: string; readonly body: string }> {
  for (const match of content.matchAll(
    /^[ \t]*(locals|variable\s+"[^"]+"|module\s+"[^"]+"|inputs\s*=)\s*\{/gmu,
  )) {
    const start = match.index + match[0].length;
    let depth = 1;
    let at = start;
    for (; at < content.length && depth > 0; at += 1) {
      const letter = content[at];
      if (letter === '{') depth += 1;
      if (letter === '}') depth -= 1;
    }
    yield { head: match[1] ?? '', body: content.slice(start, at - 1) };
  }
}

function add(found: Map<string, string[]>, name: string, value: string): void {
  const all = found.get(name) ?? [];
  if (!all.includes(value) && all.length < most) found.set(name, [...all, value]);
}

const used = String.raw`\$\{\s*((?:local|var)\.[\w-]+)\s*\}|\$\{(\w+)(?::?[-=?+][^}]*)?\}|\$(\w+)`;

/** The line with its names replaced by what they stand for, in every way; none where nothing is known of them. */
export function expanded(line: string, known: KnownValues): readonly string[] {
  let open = [joined(line)];
  const seen = new Set<string>(open);
  for (let round = 0; round < 4; round += 1) {
    open = open.flatMap((each) => replacements(each, known)).filter((each) => !seen.has(each));
    for (const each of open.slice(0, most * most)) seen.add(each);
  }
  seen.delete(line);
  return [...seen];
}

function replacements(line: string, known: KnownValues): string[] {
  const names = [...new Set([...line.matchAll(new RegExp(used, 'gu'))].map(([all]) => all))];
  let lines = [line];
  for (const whole of names) {
    const name = new RegExp(used, 'u').exec(whole)?.slice(1).join('') ?? '';
    const values = known.get(name) ?? [];
    if (values.length > 0)
      lines = lines
        .flatMap((each) => values.map((value) => each.replaceAll(whole, () => value)))
        .slice(0, most * most);
  }
  return lines;
}

/** Functions of HCL and sums of programs that make one text of several, written as the text that they make. */
function joined(line: string): string {
  const word = String.raw`(?:"(?:[^"\\]|\\.)*"|(?:local|var)\.[\w-]+)`;
  const plain = (argument: string): string =>
    argument.startsWith('"') ? argument.slice(1, -1) : `\${${argument}}`;
  const split = (list: string): string[] => list.match(new RegExp(word, 'gu')) ?? [];
  return line
    .replaceAll(
      new RegExp(String.raw`format\(\s*(${word})((?:\s*,\s*${word})*)\s*\)`, 'gu'),
      (_all, pattern: string, rest: string) => {
        const values = split(rest).map(plain);
        return `"${plain(pattern).replaceAll(/%[sv]/gu, () => values.shift() ?? '')}"`;
      },
    )
    .replaceAll(
      new RegExp(String.raw`join\(\s*(${word})\s*,\s*\[((?:\s*${word}\s*,?)*)\]\s*\)`, 'gu'),
      (_all, between: string, list: string) => `"${split(list).map(plain).join(plain(between))}"`,
    )
    .replaceAll(/(["'])\s*(?:\+|\.\.|~)\s*\1/gu, '');
}
