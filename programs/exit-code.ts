/**
 * How a run ended: 0 all done and well; 1 it could not do its job and may be tried again; 2 the job is done and something
 * is broken; 3 refused, and trying again is useless before somebody has acted (configuration, authority, a brake). The
 * metric `success` is 1 exactly when this is 0.
 */
export const EXIT = { done: 0, failed: 1, faults: 2, refused: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
