import type { Estate } from './estate';
import { credentialPath } from './rules/credential-path';
import { cutoverOrder } from './rules/cutover-order';
import { evidencePresent } from './rules/evidence-present';
import { fields } from './rules/fields';
import { floatingTag } from './rules/floating-tag';
import { githubProject } from './rules/github-project';
import { knownName } from './rules/known-name';
import { memoryQuota } from './rules/memory-quota';
import { node } from './rules/node';
import { publishedPort } from './rules/published-port';
import { pullPath } from './rules/pull-path';
import { pullSecret } from './rules/pull-secret';
import { retainedPath } from './rules/retained-path';
import { runPeriod } from './rules/run-period';
import { scheduleCollision } from './rules/schedule-collision';
import { standingPolicy } from './rules/standing-policy';
import type { Rule } from './rules/rule';
import { tagCase } from './rules/tag-case';
import { tagOwner } from './rules/tag-owner';
import { tokenDuty } from './rules/token-duty';
import { transferTime } from './rules/transfer-time';

/** The rules that say what one fact must be for another, besides what each must be by itself. */
export const rulesAcrossFacts: readonly Rule[] = [
  knownName,
  floatingTag,
  pullSecret,
  standingPolicy,
  tokenDuty,
  cutoverOrder,
  evidencePresent,
  memoryQuota,
  tagOwner,
  retainedPath,
  publishedPort,
  scheduleCollision,
  runPeriod,
  pullPath,
  credentialPath,
  node,
  tagCase,
  githubProject,
  transferTime,
];

/** Every fault of every rule; none where the estate may be synthesized. */
export function estateFaults(estate: Estate): readonly string[] {
  return [fields, ...rulesAcrossFacts].flatMap((rule) => rule(estate));
}

/** Returns the estate when it obeys every rule. @throws Error with every fault of every rule, one a line */
export function validateEstate<E extends Estate>(estate: E): E {
  const faults = estateFaults(estate);
  if (faults.length === 0) return estate;
  throw new Error(
    `the estate has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.join('\n')}`,
  );
}
