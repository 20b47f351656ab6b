export interface IntegrityProbeFacts {
  readonly namespace: string;
  /** At even intervals, from which the deadline of a run and what alerts wait for derive. */
  readonly schedule: string;
  readonly timeZone: string;
  /** Every blob is read and hashed once in so many days; what the cluster pulls, more often. */
  readonly rereadDays: number;
  readonly deployedRereadDays: number;
  readonly maxBytesPerRun: number;
  readonly maxConcurrentRequests: number;
  /** Name of a row of `images.ts`: its tag is pulled whole in every run, from every registry that has it. */
  readonly canary: string;
}

export const integrityProbe = {
  namespace: 'monitoring',
  schedule: '*/15 * * * *',
  timeZone: 'Etc/UTC',
  rereadDays: 7,
  deployedRereadDays: 1,
  maxBytesPerRun: 2 * 1024 ** 3,
  maxConcurrentRequests: 8,
  canary: 'infra-ci',
} as const satisfies IntegrityProbeFacts;
