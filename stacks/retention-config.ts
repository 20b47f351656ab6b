import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { RetentionCronJob } from '../constructs/retention-cron-job';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import type { RetentionConfig } from '../programs/retention/config';
import { ForgejoStack } from './forgejo';

/** What the retention job of an estate is told, taken from the job itself. */
export function retentionConfig(estate: Estate): RetentionConfig {
  const outdir = mkdtempSync(join(tmpdir(), 'retention-'));
  try {
    const stack = new ForgejoStack(new App({ outdir, stackTraces: false }), estate);
    const job = stack.node.findAll().find((each) => each instanceof RetentionCronJob);
    if (job === undefined)
      throw new Error('stack "forgejo": has no retention job, got none; define it there');
    return job.config;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function estateRetentionConfig(): RetentionConfig {
  return retentionConfig(validateEstate(estate));
}
