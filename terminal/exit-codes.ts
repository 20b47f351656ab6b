/** How every command ends. The programs that run in the cluster end in the same way (programs/exit-code.ts). */
export const exit = { done: 0, failed: 1, found: 2, refused: 3 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** What each code means, as every `--help` prints it. */
export const exitMeanings: Readonly<Record<keyof typeof exit, string>> = {
  done: 'done: nothing is left to do, nothing is wrong',
  failed: 'failed: it could not finish; the last lines say why, and whether to run it again',
  found: 'found: it ended well and shows something: what it would change, or what is broken',
  refused: 'refused: nothing was begun; every reason is printed, with what to do',
};
