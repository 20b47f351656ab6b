/** What our CronJobs run in. */
export interface ProgramsFacts {
  /** Node 22 or later with its own CA bundle, by full version: nothing is installed when a job starts. */
  readonly image: string;
}

export const programs = {
  image: 'docker.io/library/node:22.21.1-bookworm-slim',
} as const satisfies ProgramsFacts;
