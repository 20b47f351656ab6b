import { collectedRegistries } from '../derived/collected-registries';
import { minutesOfWeek } from '../derived/schedule';
import { hasRegistryVm } from '../estate';
import type { Rule } from './rule';

/**
 * Jobs of the registry VM start at different minutes: they compete for one disk, a registry may be stopped meanwhile, and of
 * two jobs at the same minute each has been read as the other's fault (79 "drifting" stacks, 6 of them real, 2026-08-16).
 */
export const scheduleCollision: Rule = (estate) => {
  if (!hasRegistryVm(estate)) return [];
  const { schedule: saving } = estate.registryVm.breakGlass;
  const jobs = [
    ...collectedRegistries(estate),
    { where: 'estate.registryVm.breakGlass.schedule', schedule: saving },
  ].map(({ where, schedule }) => ({ where, schedule, minutes: minutesOfWeek(schedule) }));
  return jobs.flatMap(({ where, schedule, minutes }, index) =>
    jobs
      .slice(0, index)
      .filter((other) => [...minutes].some((minute) => other.minutes.has(minute)))
      .map(
        (other) =>
          `${where}: starts at a minute at which "${other.where}" starts, got "${schedule}"; move one of them`,
      ),
  );
};
