import type { StackPlan } from './change';
import type { Files, JsonObject } from './deliverable';
import { Refused } from '../steps/refused';
import { ownershipFault, writeGenerated } from './folder';
import { renderGenerated, sha256 } from './generated-file';
import { planOwnFiles } from './own-files';
import type { Tree } from './tree';

/** The name of the list, in the deliverable's folder. */
const listName = 'delivered.json';

/** The plan of files that Terraform does not read. Their list is written last, when it is true. */
export function planFiles(tree: Tree, { stack, folder, files, takesOver }: Files): StackPlan {
  const listPath = `${folder}/${listName}`;
  const wanted = Object.fromEntries(files.map(({ path, text }) => [path, text]));
  const delivered = deliveredBefore(tree, listPath);
  const { written, removed, faults } = planOwnFiles(tree, { wanted, delivered, takesOver });
  if (faults.length > 0) throw new Refused(faults);
  const list = renderGenerated({
    files: Object.fromEntries(files.map(({ path, text }) => [path, sha256(text)])),
  });
  const why = 'by this list the next delivery knows its own files again';
  return {
    stack,
    changes: [...written, ...removed, ...writeGenerated(tree, listPath, list, why)],
    notes: [],
  };
}

/** Path to the hash of the text that the last delivery left there. */
function deliveredBefore(tree: Tree, listPath: string): ReadonlyMap<string, string> {
  const text = tree.read(listPath);
  if (text === undefined) return new Map();
  const fault = ownershipFault(listPath, text);
  if (fault !== undefined) throw new Refused([fault]);
  const { files } = JSON.parse(text) as { readonly files: JsonObject };
  return new Map(Object.entries(files).map(([path, hash]) => [path, String(hash)]));
}
