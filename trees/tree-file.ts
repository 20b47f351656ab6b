/** A file of the Terragrunt tree, by its path from the root. */
export type { TreeFile } from '../pipelines/registry-config-sync';
