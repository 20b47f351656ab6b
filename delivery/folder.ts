import type { HclFile } from '../hcl/read';
import type { Change, TakenOver } from './change';
import { Refused } from '../steps/refused';
import { ownershipOf } from './generated-file';
import type { Tree } from './tree';

/** The file that a whole or a shared stack receives. */
export const stackFileName = 'cdk.tf.json';
/** The file that an app's folder receives. */
export const imagesFileName = 'images.tf.json';

/** Faults of a folder that must hold a stack's HCL. */
export function folderFaults(tree: Tree, stack: string, folder: string): string[] {
  const stackFolder = `stacks/${stack}`;
  if (tree.list(stackFolder).length === 0) {
    return [
      `${stackFolder}: the estate has this stack but the tree has no such folder; restore it, or deliver the other stacks with --stack`,
    ];
  }
  if (tree.list(folder).length === 0) {
    return [
      `${folder}: the tree has no such folder; restore it, or correct the folder of "${stack}" in the estate`,
    ];
  }
  return [];
}

/**
 * CI applies only folders with a terragrunt.hcl and skips the others without a word: an image once flipped in git was
 * not applied for nine days that way. So a missing one is offered, in the form every other app stack has.
 */
export function offerTerragrunt(tree: Tree, stack: string): Change[] {
  const path = `stacks/${stack}/terragrunt.hcl`;
  if (tree.read(path) !== undefined) return [];
  const dependencies = ['platform', 'vault'].filter(
    (name) => name !== stack && tree.read(`stacks/${name}/terragrunt.hcl`) !== undefined,
  );
  const root = tree.read('terragrunt.hcl') === undefined ? '"root.hcl"' : '';
  const after = [
    `include "root" {\n  path = find_in_parent_folders(${root})\n}\n`,
    ...dependencies.map(
      (name) => `dependency "${name}" {\n  config_path  = "../${name}"\n  skip_outputs = true\n}\n`,
    ),
  ].join('\n');
  return [
    {
      path,
      kind: 'write',
      before: undefined,
      after,
      why: 'the folder has none, so CI would skip the stack silently and never apply this delivery',
    },
  ];
}

/** The change that writes a generated file; none when it already holds this text. Refuses a file that is not ours. */
export function writeGenerated(
  tree: Tree,
  path: string,
  after: string,
  why: string,
  takesOver: readonly TakenOver[] = [],
): Change[] {
  const before = tree.read(path);
  if (before === after) return [];
  const fault = before === undefined ? undefined : ownershipFault(path, before);
  if (fault !== undefined) throw new Refused([fault]);
  return [{ path, kind: 'write', before, after, why, takesOver }];
}

/** Why a generated file's place must not be overwritten, if it must not. */
export function ownershipFault(path: string, text: string): string | undefined {
  switch (ownershipOf(text)) {
    case 'ours':
      return undefined;
    case 'foreign':
      return `${path}: a file of this name exists without the delivery's marker; move it away, it would be overwritten`;
    case 'edited':
      return `${path}: the generated file was edited by hand or cut short; bring the change into the estate, then restore the file with git or delete it`;
  }
}

/** Terraform merges these into what the other files declare. */
const isOverride = (path: string): boolean => /(?:^|[/_])override\.tf(?:\.json)?$/u.test(path);

/** Blocks of override files that would change what the generated file declares, or what leaves with its HCL. */
export function overrideFaults(files: readonly HclFile[], goes: (address: string) => boolean): string[] {
  return files
    .filter(({ path }) => isOverride(path))
    .flatMap(({ path, blocks }) =>
      blocks
        .flatMap(({ declares }) => declares)
        .filter(({ address }) => goes(address))
        .map(
          ({ address, line }) =>
            `${path}:${line}: overrides "${address}", which the generated file declares, and Terraform would merge it into that; bring it into the estate and remove it here`,
        ),
    );
}

/** Addresses that the hand-written HCL of one folder declares more than once. */
export function declaredTwice(all: readonly HclFile[]): string[] {
  const first = new Map<string, string>();
  const faults: string[] = [];
  for (const { path, blocks } of all.filter((file) => !isOverride(file.path)))
    for (const { address, line } of blocks.flatMap(({ declares }) => declares)) {
      const earlier = first.get(address);
      if (earlier === undefined) first.set(address, `${path}:${line}`);
      else
        faults.push(
          `${path}:${line}: "${address}" is declared twice, first at ${earlier}; remove one, Terraform refuses both`,
        );
    }
  return faults;
}
