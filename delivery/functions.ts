import { posix } from 'node:path';
import { unknown } from './spelling';

/** Functions whose value holds what they are given, as it is. */
export const passes =
  /^(?:a(?:ll|ny)true|base64encode|base64gzip|can|chomp|chunklist|coalesce|coalescelist|compact|concat|contains|distinct|element|flatten|format|formatlist|indent|join|json(?:de|en)code|keys|length|lookup|lower|matchkeys|md5|merge|nonsensitive|one|optional|replace|reverse|sensitive|set[a-z]+|sha\d+|slice|sort|templatefile|textencodebase64|to[a-z]+|trimspace|try|values|yaml(?:de|en)code|zipmap)$/u;
/** Of these, what gives its argument's own members. */
export const keepsMembers =
  /^(?:coalesce|coalescelist|concat|distinct|flatten|merge|nonsensitive|sensitive|to[a-z]+|try)$/u;
/** Of these, what gives another text altogether. */
export const hashes = /^(?:md5|sha\d+)$/u;

/** Those that can be told here. */
export const computed: Readonly<Record<string, (...given: readonly string[]) => string>> = {
  base64decode: (text = '') => Buffer.from(text, 'base64').toString(),
  chomp: (text = '') => text.trimEnd(),
  dirname: (text = '') => posix.dirname(text),
  lower: (text = '') => text.toLowerCase(),
  replace: (text = '', from = '', to = '') =>
    /^\/.+\/$/u.test(from) || text.length * to.length > longest * most
      ? `${text}${unknown}`
      : text.replaceAll(from, () => to),
  strrev: (text = '') => Array.from(text).reverse().join(''),
  substr: (text = '', from = '0', length = '-1') =>
    text.slice(Number(from), Number(length) < 0 ? undefined : Number(from) + Number(length)),
  trimprefix: (text = '', start = '') => (text.startsWith(start) ? text.slice(start.length) : text),
  trimspace: (text = '') => text.trim(),
  trimsuffix: (text = '', end = '') => (end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text),
};

const most = 1024;
/** In characters. A value that is longer names no image, and locals that double each other would fill the memory. */
const longest = 1 << 16;

/** Each value once; one of which the rest is not read may go on as anything. */
export const unique = (values: readonly string[]): string[] => [
  ...new Set(
    values.map((value) => (value.length > longest ? `${value.slice(0, longest)}${unknown}` : value)),
  ),
];

/** Every choice of one of each list; more than can be read may be anything. */
export function combinations(lists: readonly (readonly string[])[]): string[][] {
  const all = lists
    .map((list) => (list.length === 0 ? [''] : list))
    .reduce<string[][]>(
      (sofar, list) => sofar.flatMap((start) => list.map((one) => [...start, one])).slice(0, most),
      [[]],
    );
  return all.length < most ? all : [...all, [unknown]];
}

/** Every text that one of each list makes. */
export const product = (lists: readonly (readonly string[])[]): string[] =>
  unique(combinations(lists).map((parts) => parts.join('')));

/** `format` with its verbs filled in order. */
export function formatted(pattern: string, values: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll(/%(?:%|[-+# 0]*\d*(?:\.\d+)?[vsdqtbxXoefg])/gu, (verb) =>
    verb === '%%' ? '%' : (values[next++] ?? unknown),
  );
}
