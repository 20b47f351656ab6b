/** How retention runs. What it keeps besides these: everything the cluster runs and this estate names. */
export interface RetentionFacts {
  readonly schedule: string;
  readonly timeZone: string;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
  /** `observe` prints the plan; `enforce` deletes, and needs the evidence of clean observed runs. */
  readonly mode: 'observe' | 'enforce';
  readonly keepNewestTags: number;
  readonly alwaysKeepTags: readonly string[];
  /** Regular expressions between slashes. */
  readonly alwaysKeepPatterns: readonly string[];
  readonly graceHours: number;
  readonly observeDays: number;
  readonly maxDeletionsPerRun: number;
  readonly maxDeletedShareOfPackage: number;
}

export const retention = {
  schedule: '0 4 * * *',
  timeZone: 'Etc/UTC',
  deadlineMinutes: 60,
  mode: 'observe',
  keepNewestTags: 10,
  alwaysKeepTags: ['latest'],
  alwaysKeepPatterns: ['/cache/'],
  graceHours: 48,
  observeDays: 7,
  maxDeletionsPerRun: 50,
  maxDeletedShareOfPackage: 0.3,
} as const satisfies RetentionFacts;
