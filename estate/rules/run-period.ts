import { periodOf } from '../derived/schedule';
import type { Rule } from './rule';

/**
 * What else derives from a schedule can: a job starts at all, a run is over before the next one is due, and the probe,
 * whose blobs take turns by the clock, starts at even intervals.
 */
export const runPeriod: Rule = ({ integrityProbe, retention }) => {
  const probe = periodOf(integrityProbe.schedule);
  const collected = periodOf(retention.schedule);
  return [
    ...(Number.isFinite(probe.longestMinutes)
      ? []
      : [`estate.integrityProbe.schedule: never starts, got "${integrityProbe.schedule}"; correct its day`]),
    ...(probe.shortestMinutes !== probe.longestMinutes || probe.shortestMinutes < 2
      ? [
          `estate.integrityProbe.schedule: does not start at even intervals of two minutes or more, got "${integrityProbe.schedule}"; write one such as "*/15 * * * *"`,
        ]
      : []),
    ...(Number.isFinite(collected.longestMinutes)
      ? []
      : [`estate.retention.schedule: never starts, got "${retention.schedule}"; correct its day`]),
    ...(retention.deadlineMinutes >= collected.shortestMinutes
      ? [
          `estate.retention.deadlineMinutes: outlasts the ${collected.shortestMinutes} minutes between two runs, got ${retention.deadlineMinutes}; lower it, or run less often`,
        ]
      : []),
  ];
};
