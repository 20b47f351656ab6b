import { PrometheusApi } from '../../clients/prometheus';
import type { Estate } from '../../estate/estate';
import { estateFaults } from '../../estate/validate';
import { measurementsOf } from './measurements';
import { overviewOf, type Overview } from './overview';

/** A person waits for each answer; one that does not come is said in its place. */
const timeoutMs = 15_000;

/** The estate as it is in the work tree, with what Prometheus says where its address is given. */
export async function takeOverview(
  estate: Estate,
  prometheus: string | undefined,
  nowMs: number,
): Promise<Overview> {
  const measured =
    prometheus === undefined
      ? undefined
      : await measurementsOf(estate, new PrometheusApi({ url: prometheus, timeoutMs }), nowMs);
  return overviewOf({
    ...{ estate, faults: estateFaults(estate), nowMs },
    ...(measured === undefined ? {} : { measured }),
  });
}
