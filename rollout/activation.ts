/** How a machine is made to use files that have changed. */
export interface Activation {
  /** The commands that effects need, in order; each run as root, harmless when run twice. */
  readonly commands: (effects: readonly string[]) => readonly string[];
  /** Whether pods must have left the node before. */
  readonly needsDrain: (effects: readonly string[]) => boolean;
}
