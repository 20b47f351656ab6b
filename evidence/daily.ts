import type { PrometheusApi } from '../clients/prometheus';
import { periodOf } from '../estate/derived/schedule';
import type { Look } from './measured';

/** What has to be true of each day of a stretch of time. */
export interface DailyCriterion {
  readonly what: string;
  /** PromQL that gives one series, of a day or more. */
  readonly query: string;
  readonly isMet: (value: number) => boolean;
  /** The first day of which it has to be true, from 0. @default 0 */
  readonly fromDay?: number;
  /** Prometheus has no series of an alert that never fired. @default false: a day without data is no proof */
  readonly absenceIsMet?: boolean;
}

/** Of a number of faults: none at any moment. */
export const staysZero = (what: string, series: string): DailyCriterion => ({
  ...{ what, query: `max(max_over_time(${series}[1d]))` },
  isMet: (value) => value === 0,
});

/** Of the time of a run: there was one in as many days as may lie between two. */
export const ran = (what: string, series: string, schedule: string): DailyCriterion => {
  const days = Math.ceil(periodOf(schedule).longestMinutes / minutesOfDay);
  const query = `max(changes(${series}[${days}d]))`;
  return { what, query, isMet: (value) => value >= 1, fromDay: days - 1 };
};

export interface Days {
  /** Unix second at which the first begins. */
  readonly from: number;
  readonly count: number;
}

export const daySeconds = 86_400;
const minutesOfDay = 24 * 60;

/** The whole days, so many of them, that end no later than this moment. */
export function lastDays(count: number, nowMs: number): Days {
  return { from: Math.floor(nowMs / 1000) - count * daySeconds, count };
}

/** `RFC 3339/RFC 3339` */
export function windowOf({ from, count }: Days): string {
  return `${iso(from)}/${iso(from + count * daySeconds)}`;
}

export const iso = (secondsUtc: number): string =>
  `${new Date(secondsUtc * 1000).toISOString().slice(0, 19)}Z`;

export async function lookAtDays(
  prometheus: PrometheusApi,
  { what, query, isMet, fromDay = 0, absenceIsMet = false }: DailyCriterion,
  { from, count }: Days,
): Promise<Look> {
  const ends = Array.from(
    { length: count - fromDay },
    (_, index) => from + (fromDay + index + 1) * daySeconds,
  );
  const values = await prometheus.range({
    ...{ query, stepSeconds: daySeconds },
    ...{ from: ends[0] ?? from, to: ends.at(-1) ?? from },
  });
  const dayOf = (end: number): string => new Date((end - daySeconds) * 1000).toISOString().slice(0, 16);
  const without = absenceIsMet ? [] : ends.filter((end) => !values.has(end));
  const wrong = ends.filter((end) => values.has(end) && !isMet(values.get(end) ?? NaN));
  const saw = [
    ...(without.length === 0 ? [] : [`no data for the day from ${without.map(dayOf).join(', ')}`]),
    ...wrong.map((end) => `${values.get(end) ?? NaN} on the day from ${dayOf(end)}`),
  ];
  return {
    what,
    holds: saw.length === 0 && ends.length > 0,
    saw: saw.length === 0 ? `${ends.length} days: ${query}` : `${saw.join('; ')}: ${query}`,
  };
}
