import { createHash } from 'node:crypto';
import type { Change, StackPlan } from './change';
import type { Files, JsonObject } from './deliverable';
import { DeliveryRefused } from './fault';
import { ownershipFault, writeGenerated } from './folder';
import { renderGenerated } from './generated-file';
import type { Tree } from './tree';

/** The name of the list, in the deliverable's folder. */
const listName = 'delivered.json';

/**
 * The plan of files that Terraform does not read. They carry no marker, so a list says which text was delivered where:
 * a file with that text is replaced or, once nobody wants it any more, removed. The list is written last, when it is true.
 */
export function planFiles(tree: Tree, { stack, folder, files, takesOver }: Files): StackPlan {
  const listPath = `${folder}/${listName}`;
  const delivered = deliveredBefore(tree, listPath);
  const paths = files.map(({ path }) => path);
  const faults = [
    ...files.flatMap(({ path, text }) => placeFault(tree, path, text, delivered, takesOver)),
    ...[...delivered.keys()].flatMap((path) =>
      paths.includes(path) ? [] : editedFault(tree, path, delivered.get(path)),
    ),
  ];
  if (faults.length > 0) throw new DeliveryRefused(faults);
  const list = { files: Object.fromEntries(files.map(({ path, text }) => [path, hashOf(text)])) };
  return {
    stack,
    changes: [
      ...files.flatMap(({ path, text }) => write(tree, path, text, delivered.has(path))),
      ...[...delivered.keys()].flatMap((path) => (paths.includes(path) ? [] : remove(tree, path))),
      ...writeGenerated(tree, listPath, renderGenerated(list), {
        why: 'by this list the next delivery knows its own files again',
        takesOver: [],
      }),
    ],
    notes: [],
  };
}

/** Path to the hash of the text that the last delivery left there. */
function deliveredBefore(tree: Tree, listPath: string): ReadonlyMap<string, string> {
  const text = tree.read(listPath);
  if (text === undefined) return new Map();
  const fault = ownershipFault(listPath, text);
  if (fault !== undefined) throw new DeliveryRefused([fault]);
  const { files } = JSON.parse(text) as { readonly files: JsonObject };
  return new Map(Object.entries(files).map(([path, hash]) => [path, String(hash)]));
}

function placeFault(
  tree: Tree,
  path: string,
  text: string,
  delivered: ReadonlyMap<string, string>,
  takesOver: readonly string[],
): string[] {
  const before = tree.read(path);
  if (before === undefined || before === text) return [];
  if (delivered.has(path)) return editedFault(tree, path, delivered.get(path));
  return takesOver.includes(path)
    ? []
    : [`${path}: a file of this name exists that no delivery wrote; move it away, it would be overwritten`];
}

function editedFault(tree: Tree, path: string, hash: string | undefined): string[] {
  const before = tree.read(path);
  return before === undefined || hashOf(before) === hash
    ? []
    : [
        `${path}: the delivered file was edited by hand; bring the change into the estate, then restore the file with git`,
      ];
}

function write(tree: Tree, path: string, after: string, isOurs: boolean): Change[] {
  const before = tree.read(path);
  if (before === after) return [];
  const why =
    before === undefined || isOurs ? 'what this project renders' : 'in the place of the hand-written file';
  return [{ path, kind: 'write', before, after, why, takesOver: [] }];
}

function remove(tree: Tree, path: string): Change[] {
  const before = tree.read(path);
  return before === undefined
    ? []
    : [
        {
          ...{ path, kind: 'remove', before, after: undefined, takesOver: [] },
          why: 'this project does not render it any more',
        },
      ];
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
