import type { Node } from 'web-tree-sitter';
import { literalsOf } from '../hcl/literals';
import { lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclFile } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { spellingsAt } from './image-edit';
import { hostOf, namesOf, spellingsIn, unknown } from './spelling';

/** A name that is not spelled in one piece. */
export interface PutTogether {
  readonly line: number;
  readonly what: string;
}

/** What a folder's expressions can be known to give: its locals, and every value that each variable may have. */
export interface Scope {
  readonly locals: ReadonlyMap<string, { readonly file: HclFile; readonly node: Node }>;
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

/** Stand in a value for what became a reference already: to a repository, and to an image with its tag. */
const repositoryMark = '\uE000';
const imageMark = '\uE001';
/** Stands for a place that is refused already. */
const told = '\n';
const most = 64;

/** Every value that an expression may have, as text; `unknown` stands for what cannot be told before Terraform runs. */
export function valuesOf(
  file: HclFile,
  node: Node,
  scope: Scope,
  images: readonly DeliveredImage[],
): string[] {
  return evaluator(scope, images).values(file, node);
}

/** Where names come about that no literal spells alone: `"${local.registry}/app:v1"`, `"${local.image}-dev"`. */
export function putTogether(file: HclFile, scope: Scope, images: readonly DeliveredImage[]): PutTogether[] {
  const { values, words } = evaluator(scope, images);
  const found = new Map<number, PutTogether>();
  for (const node of nodesBelow(file.root)) {
    const pieces =
      node.type === 'function_call' && joins.has(nameOf(node))
        ? [{ line: lineOf(node), values: values(file, node) }]
        : isTemplate(node)
          ? words(file, node)
          : [];
    for (const { line, values: all } of pieces) {
      const what = all.map((value) => faultIn(value, images)).find((fault) => fault !== undefined);
      if (what !== undefined && !found.has(line)) found.set(line, { line, what });
    }
  }
  return [...found.values()];
}

/** What is wrong with one word of a value, the places that are references already being marked. */
export function faultIn(value: string, images: readonly DeliveredImage[]): string | undefined {
  if (spellingsIn(value, images).length > 0) return 'the image is put together from parts here';
  if (/\uE000(?:[._-]*[A-Za-z0-9]|[/\0])|\uE001[\w.\0-]/u.test(value)) {
    return 'the name goes on in or behind an expression here, so it may be another image';
  }
  if (/(?:[\w\0-]|[\w\0]\.|(?<!:\/)\/)[\uE000\uE001]/u.test(value)) {
    return 'the name is a part of a longer one here';
  }
  for (const name of images.flatMap(namesOf)) {
    const host = hostOf(name);
    const path = host === undefined ? name : name.slice(host.length + 1);
    if (new RegExp(`(?<!://)\\0/${literally(path)}[:@]`, 'u').test(value)) {
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

/** Variables of a shell, of Kubernetes and of a Helm template give what cannot be known either. */
export const shellUnknown = (text: string): string =>
  text.replaceAll(/\$\{\w+[^}]*\}|\$\(\w+\)|\$\w+|\{\{[^}]*\}\}/gu, unknown);

/** Functions that make one text of several. */
const joins = new Set(['format', 'formatlist', 'join', 'replace', 'trimprefix', 'trimsuffix']);
const isTemplate = (node: Node): boolean =>
  ['string_lit', 'quoted_template', 'heredoc_template'].includes(node.type);

interface Word {
  readonly line: number;
  readonly values: string[];
}

function evaluator(
  scope: Scope,
  images: readonly DeliveredImage[],
): { values: (file: HclFile, node: Node) => string[]; words: (file: HclFile, node: Node) => Word[] } {
  const known = new Map<string, string[]>();

  const values = (file: HclFile, node: Node): string[] => {
    const named = node.namedChildren.filter(({ type }) => type !== 'comment');
    const each = (nodes: readonly Node[]): string[] => unique(nodes.flatMap((one) => values(file, one)));
    switch (node.type) {
      case 'literal_value':
        if (named[0]?.type === 'null_lit') return [];
        return named[0]?.type === 'string_lit' ? values(file, named[0]) : [node.text];
      case 'string_lit':
      case 'quoted_template':
      case 'heredoc_template':
        return product(partsOf(file, node).map(({ values: all }) => all));
      case 'conditional':
        return each(named.slice(1));
      case 'object':
        return each(
          named.filter(({ type }) => type === 'object_elem').map((one) => one.namedChildren.at(-1) ?? one),
        );
      case 'tuple':
      case 'collection_value':
      case 'template_expr':
        return each(named.filter(({ type }) => !/_(?:start|end)$/u.test(type)));
      case 'function_call':
        return call(file, node, named);
      case 'expression':
        return named[0]?.type === 'variable_expr' ? reference(named) : each(named.slice(0, 1));
      default:
        return [unknown];
    }
  };

  const reference = ([root, ...path]: readonly Node[]): string[] => {
    const name = path[0]?.text.replaceAll(/[.\s]/gu, '') ?? '';
    if (root?.text === 'var') return [...(scope.variables.get(name) ?? [unknown])];
    const local = root?.text === 'local' ? scope.locals.get(name) : undefined;
    if (local === undefined) return [unknown];
    const memo = known.get(name);
    if (memo !== undefined) return memo;
    known.set(name, [unknown]);
    const found = values(local.file, local.node);
    known.set(name, found);
    return found;
  };

  const call = (file: HclFile, node: Node, named: readonly Node[]): string[] => {
    const args = named.find(({ type }) => type === 'function_arguments')?.namedChildren ?? [];
    const given = args.filter(({ type }) => type === 'expression').map((one) => values(file, one));
    const [first = [], ...rest] = given;
    const nested = args.at(-1)?.namedChildren[0]?.namedChildren[0];
    switch (nameOf(node)) {
      case 'format':
      case 'formatlist':
        return product([first, ...rest]).length === 0
          ? [unknown]
          : unique(combinations([first, ...rest]).map(([pattern = '', ...them]) => formatted(pattern, them)));
      case 'join':
        return nested?.type === 'tuple'
          ? unique(
              combinations([
                first,
                ...nested.namedChildren
                  .filter(({ type }) => type === 'expression')
                  .map((one) => values(file, one)),
              ]).map(([between = '', ...them]) => them.join(between)),
            )
          : unique([unknown, ...rest.flat()]);
      case 'replace':
        return unique(
          combinations(given).map(([text = '', from = '', to = '']) => text.replaceAll(from, to)),
        );
      case 'trimprefix':
        return unique(
          combinations(given).map(([text = '', start = '']) =>
            text.startsWith(start) ? text.slice(start.length) : text,
          ),
        );
      case 'trimsuffix':
        return unique(
          combinations(given).map(([text = '', end = '']) =>
            end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
          ),
        );
      default:
        return given.length === 0 ? [unknown] : unique(given.flat());
    }
  };

  /** The runs of text and the expressions of a template, in order; what became a reference is marked. */
  const partsOf = (file: HclFile, template: Node): Word[] => {
    const literals = literalsOf(file, template).filter((literal) => literal.template.id === template.id);
    const parts = literals.map((literal): Word & { readonly start: number } => {
      let text = literal.text;
      for (const { start, end, tag, tagEnd, obstacle } of spellingsAt(literal, images).toReversed()) {
        const mark = tag === undefined ? repositoryMark : imageMark;
        text =
          text.slice(0, start) +
          (obstacle === undefined ? mark : told) +
          text.slice(tag === undefined ? end : tagEnd);
      }
      const start = literal.at[0] ?? template.startIndex;
      return {
        line: lineAt(file, start),
        values: [shellUnknown(literal.isHeredoc ? text.replaceAll(/^[ \t]*#.*$/gmu, '') : text)],
        start,
      };
    });
    for (const child of template.children) {
      if (!['template_interpolation', 'template_directive'].includes(child.type)) continue;
      const inner = child.namedChildren.find(({ type }) => type === 'expression');
      const isValue = child.type === 'template_interpolation' && inner !== undefined;
      parts.push({
        line: lineOf(child),
        values: isValue ? values(file, inner) : [unknown],
        start: child.startIndex,
      });
    }
    return parts.sort((a, b) => a.start - b.start);
  };

  /** The words of a template: white space ends a name, so each is looked at by itself. */
  const words = (file: HclFile, template: Node): Word[] => {
    const found: Word[] = [];
    let open: Word[] = [];
    const close = (): void => {
      if (open.length > 0) {
        found.push({ line: open[0]?.line ?? 0, values: product(open.map(({ values: all }) => all)) });
      }
      open = [];
    };
    for (const { line, values: all } of partsOf(file, template)) {
      if (all.length !== 1) {
        open.push({ line, values: all });
        continue;
      }
      let at = line;
      for (const piece of (all[0] ?? '').split(/(\s)/u)) {
        if (/^\s$/u.test(piece)) {
          close();
          if (piece === '\n') at += 1;
        } else if (piece !== '') open.push({ line: at, values: [piece] });
      }
    }
    close();
    return found;
  };
  return { values, words };
}

const lineAt = (file: HclFile, index: number): number => file.text.slice(0, index).split('\n').length;
const unique = (values: readonly string[]): string[] => [...new Set(values)].slice(0, most);

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (sofar, list) => sofar.flatMap((start) => list.map((one) => [...start, one])).slice(0, most),
    [[]],
  );
}

const product = (lists: readonly (readonly string[])[]): string[] =>
  unique(combinations(lists.map((list) => (list.length === 0 ? [''] : list))).map((parts) => parts.join('')));

/** `format` with its verbs filled in order. */
function formatted(pattern: string, values: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll(/%(?:%|[-+# 0]*\d*(?:\.\d+)?[vsdqtbxXoefg])/gu, (verb) =>
    verb === '%%' ? '%' : (values[next++] ?? unknown),
  );
}
