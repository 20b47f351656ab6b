import { posix } from 'node:path';
import type { Node } from 'web-tree-sitter';
import type { Change, Todo } from './change';
import type { AlertRules } from './deliverable';
import { attributesOf, lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import { elementsOf } from '../hcl/objects';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import { loadedRules, removeRules, rulesIn } from './prometheus-values';
import { isProse } from './prose';
import { filesBelow, textOf, withChanges, type Tree } from './tree';

export interface LoadedRules {
  readonly changes: readonly Change[];
  readonly faults: readonly string[];
  readonly todo: readonly Todo[];
}

/**
 * Makes the tree's Prometheus load the rules: its Helm release gets one more values document, and the rules that they
 * replace leave the document that holds them, so that no alert fires twice. What is not in the form that the community
 * chart is used in is left to its owner, with the place.
 *
 * @param own what is delivered there, by its path from the tree's root
 */
export async function loadAlertRules(
  tree: Tree,
  { stack, folder, own }: { stack: string; folder: string; own: Readonly<Record<string, string>> },
  rules: AlertRules,
  files: readonly HclFile[],
  parse: ParseHcl,
): Promise<LoadedRules> {
  const reference = `local.${rules.valuesLocal}`;
  const byHand = (place: string, why: string): LoadedRules => ({
    changes: [],
    faults: [],
    todo: [
      {
        what: `${place}: ${why}, so load the alert rules yourself: add ${reference} to the values of the release, and take out the old rules ${rules.alerts.join(', ')}`,
        commands: [`grep -rnE 'alert: (${rules.alerts.join('|')})$' ${folder}`],
      },
    ],
  });
  const found = files.flatMap((file) => releasesIn(file).map((block) => ({ file, block })));
  const [release] = found;
  if (release === undefined || found.length > 1)
    return byHand(folder, `it has ${found.length} Helm releases of the chart "prometheus"`);
  const { file, block } = release;
  const where = `${file.path}:${block.line}`;
  const values = attributesOf(block.node).find((attribute) => nameOf(attribute) === 'values');
  if (values === undefined) return byHand(where, 'the release has no values');

  const changes: Change[] = [];
  if (!values.text.includes(reference)) {
    const after = withMember(file.text, values, reference);
    if (after === undefined) return byHand(where, 'its values are no list that stands there');
    await parse(file.path, after);
    changes.push({
      ...{ path: file.path, kind: 'edit', before: file.text, after },
      why: `Prometheus loads the alert rules as one more values document (${reference}); the plan of the release prints its old values, secrets too`,
    });
  }
  const faults = files.flatMap((file) => rulesInHcl(file).map((line) => `${file.path}:${line}: ${givesWay}`));
  const todo: Todo[] = [];
  const documents = [...values.text.matchAll(/\$\{path\.module\}\/([^"$%\s]+)/gu)].map(([, relative = '']) =>
    posix.normalize(`${folder}/${relative}`),
  );
  for (const path of new Set([...documents, ...filesBelow(tree, `stacks/${stack}`)])) {
    if (path in own || isProse(path)) continue;
    const text = textOf(withChanges(tree, changes), path) ?? '';
    const held = path.endsWith('.tf') ? undefined : loadedRules(text);
    if (held !== undefined) faults.push(`${path}:${held}: ${givesWay}`);
    const { after, left } = documents.includes(path) ? removeRules(text, rules.alerts) : { after: text };
    if (after !== text)
      changes.push({
        ...{ path, kind: 'edit', before: text, after },
        why: 'the old rules go: the new ones have their names, and one alert would fire twice',
      });
    const why = left?.why ?? 'an old rule stands here, where it cannot be taken out safely';
    const line = left?.line ?? rulesIn(after, rules.alerts)[0];
    if (line !== undefined) todo.push(...byHand(`${path}:${line}`, why).todo);
  }
  return { changes, faults, todo };
}

const givesWay =
  'serverFiles.rules holds rules already, and the values that load ours would take their place; move them to serverFiles."alerting_rules.yml"';

/** Lines on which HCL itself, by a heredoc or an object, gives a chart rules under the key that ours are loaded by. */
function rulesInHcl(file: HclFile): number[] {
  return [...nodesBelow(file.root)].flatMap((node) => {
    const line = lineOf(node);
    if (node.type === 'heredoc_template') {
      const held = loadedRules(node.text.replace(/^.*|[^\n]*$/gu, ''));
      return held === undefined ? [] : [line + held - 1];
    }
    const isFiles = node.type === 'object_elem' && /^"?serverFiles"?$/u.test(nameOf(node));
    const given = isFiles ? node.namedChildren.flatMap(elementsOf) : [];
    return given.some(([name, value]) => name === 'rules' && value.text !== '{}') ? [line] : [];
  });
}

function releasesIn(file: HclFile): HclBlock[] {
  return file.blocks.filter(
    (block) =>
      block.declares.some(({ address }) => address.startsWith('helm_release.')) &&
      attributesOf(block.node).some((attribute) =>
        /^chart\s*=\s*"(?:[^"]*\/)?prometheus"$/u.test(attribute.text),
      ),
  );
}

/** The text with one more member in the list that an attribute is; `undefined` where it is another expression. */
function withMember(text: string, attribute: Node, member: string): string | undefined {
  const list = attribute
    .descendantsOfType('tuple')
    .find(
      (node) =>
        node.endIndex === attribute.endIndex &&
        /=\s*$/u.test(text.slice(attribute.startIndex, node.startIndex)),
    );
  if (list === undefined) return undefined;
  const members = list.namedChildren.filter(({ type }) => type === 'expression');
  const last = members.at(-1);
  const before = (end: string): string =>
    `${text.slice(0, list.endIndex - 1)}${end}${text.slice(list.endIndex - 1)}`;
  if (last === undefined) return before(member);
  const comma = /^\s*,/u.exec(text.slice(last.endIndex, list.endIndex));
  // The end of a heredoc has its line for itself.
  const isHeredoc = last.descendantsOfType('heredoc_template').some((one) => one.endIndex >= last.endIndex);
  if (comma === null && isHeredoc) return before(`, ${member}`);
  const own = lineOf(last) !== lineOf(list);
  const start = text.lastIndexOf('\n', last.startIndex) + 1;
  const separator = own ? `\n${/^[ \t]*/u.exec(text.slice(start))?.[0] ?? ''}` : ' ';
  const at = last.endIndex + (comma?.[0].length ?? 0);
  const added = comma === null ? `,${separator}${member}` : `${separator}${member},`;
  return `${text.slice(0, at)}${added}${text.slice(at)}`;
}
