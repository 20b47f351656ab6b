import { periodOf } from '../derived/schedule';
import { faultsIn, type Rule } from './rule';

/** A job is over before its next run; the probe, whose blobs take turns by the clock, starts evenly. */
export const runPeriod: Rule = ({ integrityProbe, retention, stacks, woodpecker: { secretSync } }) => {
  const probe = periodOf(integrityProbe.schedule);
  const jobs = { retention, 'woodpecker.secretSync': secretSync, 'stacks.drift': stacks.drift };
  return [
    ...faultsIn([
      probe.shortestMinutes !== probe.longestMinutes || probe.shortestMinutes < 2,
      `estate.integrityProbe.schedule: does not start at even intervals of two minutes or more, got "${integrityProbe.schedule}"; write one such as "*/15 * * * *"`,
    ]),
    ...Object.entries(jobs).flatMap(([where, { schedule, deadlineMinutes }]) => {
      const { shortestMinutes } = periodOf(schedule);
      return faultsIn([
        deadlineMinutes >= shortestMinutes,
        `estate.${where}.deadlineMinutes: outlasts the ${shortestMinutes} minutes between two runs, got ${deadlineMinutes}; lower it, or run less often`,
      ]);
    }),
  ];
};
