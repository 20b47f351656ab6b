/** How a machine is made to use files that have changed. */
export interface Activation<Effect extends string> {
  /** The commands that effects need, in order; each run as root, harmless when run twice. */
  readonly commands: (effects: readonly Effect[]) => readonly string[];
  /** Whether pods must have left the node before. */
  readonly needsDrain: (effects: readonly Effect[]) => boolean;
}
