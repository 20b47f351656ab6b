import { periodOf } from '../derived/schedule';
import type { Rule } from './rule';

/**
 * What else derives from a schedule can: a job starts at all, a run is over before the next one is due, and the probe,
 * whose blobs take turns by the clock, starts at even intervals.
 */
export const runPeriod: Rule = ({ integrityProbe, retention, stacks, woodpecker: { secretSync } }) => {
  const probe = periodOf(integrityProbe.schedule);
  const jobs = { retention, 'woodpecker.secretSync': secretSync, 'stacks.drift': stacks.drift };
  return [
    ...(Number.isFinite(probe.longestMinutes)
      ? []
      : [`estate.integrityProbe.schedule: never starts, got "${integrityProbe.schedule}"; correct its day`]),
    ...(probe.shortestMinutes !== probe.longestMinutes || probe.shortestMinutes < 2
      ? [
          `estate.integrityProbe.schedule: does not start at even intervals of two minutes or more, got "${integrityProbe.schedule}"; write one such as "*/15 * * * *"`,
        ]
      : []),
    ...Object.entries(jobs).flatMap(([where, { schedule, deadlineMinutes }]) => {
      const { shortestMinutes, longestMinutes } = periodOf(schedule);
      return [
        ...(Number.isFinite(longestMinutes)
          ? []
          : [`estate.${where}.schedule: never starts, got "${schedule}"; correct its day`]),
        ...(deadlineMinutes >= shortestMinutes
          ? [
              `estate.${where}.deadlineMinutes: outlasts the ${shortestMinutes} minutes between two runs, got ${deadlineMinutes}; lower it, or run less often`,
            ]
          : []),
      ];
    }),
  ];
};
