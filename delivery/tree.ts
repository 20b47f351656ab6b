/** The tree that receives the delivery, read-only; paths are relative to its root, with forward slashes. */
export interface Tree {
  /** `undefined` when there is no such file. Refuses a link that leaves the tree and text that is not UTF-8. */
  read(path: string): string | undefined;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(folder: string): readonly string[];
}
