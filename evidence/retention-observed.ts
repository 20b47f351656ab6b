import type { PrometheusApi } from '../clients/prometheus';
import type { Estate } from '../estate/estate';
import { lastDays, lookAtDays, ran, staysZero, windowOf } from './daily';
import type { Measured } from './measured';

/** Observed runs, of each day before now, that did all of their job and would have left nothing broken. */
export async function measureRetentionObserved(
  { retention, forgejo }: Estate,
  prometheus: PrometheusApi,
  nowMs: number,
): Promise<Measured> {
  const days = lastDays(retention.observeDays, nowMs);
  const ours = `{instance=${JSON.stringify(forgejo.host)},owner=${JSON.stringify(forgejo.packages.owner)}}`;
  const criteria = [
    ran('it ran well', `forgejo_retention_last_success_timestamp_seconds${ours}`, retention.schedule),
    staysZero('it only observed', `forgejo_retention_enforcing${ours}`),
    staysZero('it found nothing broken', `forgejo_retention_broken_images${ours}`),
    staysZero('it missed no reference of the estate', `forgejo_retention_missing_estate_references${ours}`),
  ];
  const looks = [];
  for (const criterion of criteria) looks.push(await lookAtDays(prometheus, criterion, days));
  return { source: 'Prometheus', looks, window: windowOf(days) };
}
