import { jsonAddresses } from '../hcl/addresses';
import type { HclFile } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import { deliveredJson } from './generated-file';
import { takesOver, type Ours } from './ours';
import type { Tree } from './tree';

/** What an earlier delivery declared in this file and this one does not. */
export interface Retired {
  /** References of the remaining HCL that would dangle. */
  readonly faults: readonly string[];
  /** Resources that the next apply destroys. */
  readonly notes: readonly string[];
}

/** Compares the generated file in the tree with what replaces it. */
export function retired(tree: Tree, path: string, ours: Ours, kept: readonly HclFile[]): Retired {
  const kinds = /^(?:var|local|output|module|data)\./u;
  const before = jsonAddresses(deliveredJson(tree.read(path)));
  const gone = before.filter((address) => !takesOver(ours, address));
  return {
    faults: kept.flatMap((file) =>
      referencesBelow(file.root)
        .filter(({ address }) => gone.includes(address))
        .map(
          ({ address, line }) =>
            `${file.path}:${line}: refers to "${address}", which the generated file no longer declares; declare it here, or bring it back into the estate`,
        ),
    ),
    notes: gone
      .filter((address) => !kinds.test(address))
      .map((address) => `${path}: "${address}" is no longer declared, so the next apply destroys it`),
  };
}
