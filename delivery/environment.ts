import type { Node } from 'web-tree-sitter';
import { argumentOf, nameOf, nodesBelow } from '../hcl/nodes';
import { elementsOf } from '../hcl/objects';
import type { HclFile } from '../hcl/read';
import { isMoved, type Evaluator } from './template';

/** What a file puts into an environment: `env` blocks, members in capitals, and what its scripts assign. */
export function environmentOf(
  file: HclFile,
  { values, words }: Pick<Evaluator, 'values' | 'words'>,
): [string, string][] {
  const put = (name: string, value: Node | undefined): [string, string][] =>
    (value === undefined || !/^\w+$/u.test(name) ? [] : values({ file, node: value }))
      .filter(isMoved)
      .map((moved) => [name, moved]);
  const text = (node: Node | undefined): string => node?.text.replaceAll('"', '') ?? '';
  return [...nodesBelow(file.root)].flatMap((node): [string, string][] => {
    switch (node.type) {
      case 'block':
        return put(text(argumentOf(node, 'name')), argumentOf(node, 'value'));
      case 'object': {
        const members = new Map(elementsOf(node));
        const isGiven = /^(?:vars|env\w*)$/u.test(nameOf(node.parent?.parent?.parent ?? node));
        const given = [...members].filter(([name]) => isGiven || /^[A-Z][A-Z\d_]*$/u.test(name));
        return [
          ...put(text(members.get('name')), members.get('value')),
          ...given.flatMap(([name, value]) => put(name, value)),
        ];
      }
      case 'quoted_template':
      case 'string_lit':
      case 'heredoc_template':
        return named(words({ file, node }).map(({ values: all }) => all)).filter(([, held]) => isMoved(held));
      default:
        return [];
    }
  });
}

/** What the words of a script or of YAML name: `IMAGE=…`, `IMAGE: …`, `name: IMAGE` before `value: …`. */
function named(words: readonly (readonly string[])[]): [string, string][] {
  const at = (index: number): string => words[index]?.[0] ?? '';
  return words.flatMap((word, index) =>
    word.flatMap((one): [string, string][] => {
      const [, assigned, held = one] = /^(\w+)=["']?([^"';]+)["']?;?$/u.exec(one) ?? [];
      const [, key] = /^([A-Z][A-Z\d_]*):$/u.exec(at(index - 1)) ?? [];
      const inList = at(index - 1) === 'value:' && at(index - 3) === 'name:' ? at(index - 2) : undefined;
      const name = assigned ?? key ?? inList;
      return name === undefined ? [] : [[name, held.replaceAll(/["']/gu, '')]];
    }),
  );
}
