import { isDeepStrictEqual } from 'node:util';
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';

export interface WithoutRules {
  /** The text without the rules; every other byte stays. */
  readonly after: string;
  /** Rules that stay because their place is not certain. */
  readonly left?: { readonly line: number; readonly why: string };
}

/** Lines, from 1, on which a rule of one of these names begins. */
export function rulesIn(text: string, alerts: readonly string[]): number[] {
  const rule = new RegExp(`^\\s*(?:- +)?alert:\\s*["']?(?:${alerts.join('|')})["']?\\s*$`, 'u');
  return text.split(/\r?\n/u).flatMap((line, index) => (rule.test(line) ? [index + 1] : []));
}

/** The line, from 1, of the rules that a values document holds under the key by which ours are loaded. */
export function loadedRules(text: string): number | undefined {
  if (!text.includes('serverFiles')) return undefined;
  const held = parseDocument(text).getIn(['serverFiles', 'rules'], true);
  if (!isNode(held) || !hasContent(held)) return undefined;
  return text.slice(0, held.range?.[0] ?? 0).split('\n').length;
}

/**
 * A values document of the Prometheus chart without the alerting rules of these names. It may be a Terraform template:
 * `${…}` is a plain scalar to YAML. Comments between the rules stay, because they are about what stands around them.
 */
export function removeRules(text: string, alerts: readonly string[]): WithoutRules {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    const [line] = rulesIn(text, alerts);
    const why = 'the document is no YAML before Terraform has filled it in';
    return line === undefined ? { after: text } : { after: text, left: { line, why } };
  }
  const leaving = leavingNodes(document, alerts);
  const [first] = leaving;
  if (first === undefined) return { after: text };
  const line = text.slice(0, first.range?.[0] ?? 0).split('\n').length;
  const places = leaving.map((node) => placeOf(text, node));
  if (places.includes(undefined))
    return { after: text, left: { line, why: 'the rules are not written as a block list' } };
  const after = places
    .filter((place) => place !== undefined)
    .sort((a, b) => b.start - a.start)
    .reduce((left, { start, end }) => left.slice(0, start) + left.slice(end), text);
  if (!isDeepStrictEqual(parseDocument(after).toJS(), withoutRules(document.toJS(), alerts)))
    return { after: text, left: { line, why: 'taking them out would change more than them' } };
  return { after };
}

const hasContent = (node: Node): boolean =>
  isMap(node) || isSeq(node) ? node.items.length > 0 : isScalar(node) && node.value !== null;

/** The rules, or the whole group of those that would leave it empty. */
function leavingNodes(document: Document, alerts: readonly string[]): Node[] {
  const leaving: Node[] = [];
  visit(document, {
    Pair: (_, { key, value }, path) => {
      if (!isScalar(key) || key.value !== 'rules' || !isSeq(value)) return undefined;
      const rules = value.items.filter(
        (item): item is YAMLMap => isMap(item) && alerts.includes(String(item.get('alert'))),
      );
      const group = path.at(-1);
      if (rules.length > 0 && rules.length === value.items.length && isMap(group)) leaving.push(group);
      else leaving.push(...rules);
      return undefined;
    },
  });
  return leaving;
}

/** The whole lines of a list item, from its dash to the end of its last value. */
function placeOf(text: string, { range }: Node): { start: number; end: number } | undefined {
  if (range === undefined || range === null) return undefined;
  const [from, to] = range;
  const start = text.lastIndexOf('\n', from - 1) + 1;
  if (!/^[ \t]*- +$/u.test(text.slice(start, from))) return undefined;
  if (text[to - 1] === '\n') return { start, end: to };
  const newline = text.indexOf('\n', to);
  return { start, end: newline === -1 ? text.length : newline + 1 };
}

function withoutRules(value: unknown, alerts: readonly string[]): unknown {
  if (Array.isArray(value))
    return value.flatMap((item: unknown) => {
      const { alert, rules } = (item ?? {}) as { readonly alert?: unknown; readonly rules?: unknown };
      if (typeof alert === 'string' && alerts.includes(alert)) return [];
      const left = withoutRules(item, alerts);
      const emptied =
        Array.isArray(rules) && rules.length > 0 && isDeepStrictEqual((left as { rules: unknown }).rules, []);
      return emptied ? [] : [left];
    });
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutRules(item, alerts)]));
}
