import { RetentionCronJob } from '../constructs/retention-cron-job';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import type { RetentionConfig } from '../programs/retention/config';
import { ForgejoStack } from './forgejo';
import { inPassing } from './passing-app';

/** What the retention job of an estate is told, taken from the job itself. */
export function retentionConfig(estate: Estate): RetentionConfig {
  return inPassing((app) => {
    const { node } = new ForgejoStack(app, estate);
    const job = node.findAll().find((each) => each instanceof RetentionCronJob);
    if (job !== undefined) return job.config;
    throw new Error('stack "forgejo": has no retention job, got none; define it there');
  });
}

export function estateRetentionConfig(): RetentionConfig {
  return retentionConfig(validateEstate(estate));
}
