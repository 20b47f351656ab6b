/** A file of the Terragrunt tree, by its path from the root. */
export interface TreeFile {
  readonly path: string;
  readonly text: string;
}
