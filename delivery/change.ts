/** HCL that declares an address which the generated file takes over. */
export interface TakenOver {
  readonly address: string;
  readonly path: string;
  readonly line: number;
}

/** One file of the tree: what it holds, what it shall hold (`undefined`: no such file), and why. */
export interface Change {
  readonly path: string;
  readonly kind: 'write' | 'edit' | 'remove';
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly why: string;
  /** Of a stack's generated file. @default none */
  readonly takesOver?: readonly TakenOver[];
}

/**
 * What one deliverable does to the tree. Generated files come first: a delivery killed between two files then leaves an
 * address declared twice, which Terraform refuses, and never a resource that is declared nowhere, which it would destroy.
 */
export interface StackPlan {
  readonly stack: string;
  readonly changes: readonly Change[];
  /** What the reader should know and nothing needs to be done about. */
  readonly notes: readonly string[];
  /** What the next apply would destroy in order to create it anew, a sentence each. @default none */
  readonly replaced?: readonly string[];
  /** @default none */
  readonly todo?: readonly Todo[];
}

/** What a delivery leaves to a person, because it stands outside of the files that it may write. */
export interface Todo {
  readonly what: string;
  /** Lines of a shell, to be read before they are run. */
  readonly commands: readonly string[];
}
