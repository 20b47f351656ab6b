import type { PrometheusApi } from '../clients/prometheus';
import type { Estate } from '../estate/estate';
import { lastDays, lookAtDays, windowOf } from './daily';
import type { Measured } from './measured';

/** Observed runs, of each day before now, that did all of their job and would have left nothing broken. */
export async function measureRetentionObserved(
  { retention, forgejo }: Estate,
  prometheus: PrometheusApi,
  nowMs: number,
): Promise<Measured> {
  const days = lastDays(retention.observeDays, nowMs);
  const ours = `{instance=${JSON.stringify(forgejo.host)},owner=${JSON.stringify(forgejo.packages.owner)}}`;
  const isZero = (value: number): boolean => value === 0;
  const criteria = [
    {
      what: 'it ran well',
      query: `max(changes(forgejo_retention_last_success_timestamp_seconds${ours}[1d]))`,
      isMet: (value: number) => value >= 1,
    },
    {
      what: 'it only observed',
      query: `max(max_over_time(forgejo_retention_enforcing${ours}[1d]))`,
      isMet: isZero,
    },
    {
      what: 'it found nothing broken',
      query: `max(max_over_time(forgejo_retention_broken_images${ours}[1d]))`,
      isMet: isZero,
    },
    {
      what: 'it missed no reference of the estate',
      query: `max(max_over_time(forgejo_retention_missing_estate_references${ours}[1d]))`,
      isMet: isZero,
    },
  ];
  const looks = [];
  for (const criterion of criteria) looks.push(await lookAtDays(prometheus, criterion, days));
  return { source: 'Prometheus', looks, window: windowOf(days) };
}
