import type { RootModule } from '../delivery/root-module';

/** How a checkout's stacks are found. */
export interface StackMeans {
  /** Names of those whose state is a file in the tree. */
  readonly byHand: readonly string[];
  readonly moduleIn: (folder: string) => RootModule;
}

/** A stack of the estate as the checkout holds it. */
export interface Stack {
  readonly name: string;
  /** Of its content. */
  readonly hash: string;
  readonly module: RootModule;
  /** Its state is a file in the tree, which only a person commits. */
  readonly byHand: boolean;
  /** Why it is not even planned. */
  readonly faults: readonly string[];
}
