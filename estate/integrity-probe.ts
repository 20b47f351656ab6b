/** How the integrity probes run. */
export interface IntegrityProbeFacts {
  readonly namespace: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly intervalMinutes: number;
  /** Every blob is read and hashed once in so many days; what the cluster pulls, more often. */
  readonly rereadDays: number;
  readonly deployedRereadDays: number;
  readonly maxBytesPerRun: number;
  readonly maxConcurrentRequests: number;
  /** A tag that is pulled whole in every run, in every registry that has it. */
  readonly canary: { readonly image: string; readonly tag: string };
}

export const integrityProbe = {
  namespace: 'monitoring',
  schedule: '*/15 * * * *',
  timeZone: 'Etc/UTC',
  intervalMinutes: 15,
  rereadDays: 7,
  deployedRereadDays: 1,
  maxBytesPerRun: 2 * 1024 ** 3,
  maxConcurrentRequests: 8,
  canary: { image: 'infra-ci', tag: 'latest' },
} as const satisfies IntegrityProbeFacts;
