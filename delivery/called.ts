import { posix } from 'node:path';
import { nameOf } from '../hcl/nodes';
import { argumentsOf, elementsIn } from '../hcl/objects';
import { combinations, computed, formatted, hashes, passes, unique } from './functions';
import { unknown } from './spelling';
import { hashMark, isMoved, treeRoot, type Evaluator, type Source } from './template';

/** Every value that a call may give, as far as its arguments tell. */
export function called(
  { file, node }: Source,
  root: string,
  { values, keys, leads }: Pick<Evaluator, 'values' | 'keys' | 'leads'>,
): string[] {
  const args = argumentsOf(node);
  const given = args.map((one) => values({ file, node: one }));
  const [first = [], ...rest] = given;
  const name = nameOf(node);
  const compute = computed[name];
  switch (name) {
    case 'format':
    case 'formatlist':
      return unique(
        combinations([first, ...rest]).map(([pattern = '', ...them]) => formatted(pattern, them)),
      );
    case 'join': {
      const [list, ...more] = args.slice(1).flatMap((one) => leads({ file, node: one }));
      const flat = rest.flat();
      if (list?.node.type !== 'tuple' || more.length > 0)
        return unique([unknown, ...flat, ...first.map((between) => flat.join(between))]);
      const parts = elementsIn(list.node).map((one) => values({ file: list.file, node: one }));
      return unique(combinations([first, ...parts]).map(([between = '', ...them]) => them.join(between)));
    }
    case 'element':
    case 'slice':
      return first;
    case 'lookup':
      return unique([...first, ...rest.slice(1).flat()]);
    case 'keys':
      return args.flatMap((one) => keys({ file, node: one }));
    case 'get_terragrunt_dir':
    case 'get_original_terragrunt_dir':
      return [`${treeRoot}/${root}`];
    case 'path_relative_to_include':
      return [root];
    case 'get_repo_root':
    case 'get_path_to_repo_root':
    case 'get_parent_terragrunt_dir':
    case 'path_relative_from_include':
      return [treeRoot];
    case 'find_in_parent_folders':
      return (given.length === 0 ? ['terragrunt.hcl'] : given.flat()).flatMap((wanted) =>
        ['', ...ancestorsOf(root)].map((at) => `${treeRoot}/${posix.join(at, wanted)}`),
      );
  }
  if (hashes.test(name) && given.flat().some(isMoved)) return [hashMark];
  if (compute !== undefined && node.namedChildren.length > 0)
    return unique(combinations(given).map((one) => compute(...one)));
  return passes.test(name) && given.length > 0 ? unique(given.flat()) : unique([unknown, ...given.flat()]);
}

const ancestorsOf = (folder: string): string[] =>
  folder.split('/').map((_name, index, all) => all.slice(0, index + 1).join('/'));
