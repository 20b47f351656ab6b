import { ServerError } from '../../clients/http/errors';
import { readGauges, type Group } from '../../clients/pushgateway';

const EXPECTED_PACKAGES = 'forgejo_retention_packages_expected';
const EXPECTED_OBJECTS = 'forgejo_retention_cluster_objects_expected';

/** What the last run expects this one to see; each is `undefined` before the first run. */
export interface Expected {
  readonly packages: number | undefined;
  readonly objects: number | undefined;
}

export async function expectedByLastRun(url: string, group: Group, signal: AbortSignal): Promise<Expected> {
  const gauges = await readGauges({ url, group, signal }, [EXPECTED_PACKAGES, EXPECTED_OBJECTS]).catch(
    (error: unknown) => {
      if (!(error instanceof ServerError)) throw error;
      throw new Error(
        `retention: what the last run saw could not be read from the Pushgateway, got "${error.message}"; check its address and the NetworkPolicy`,
        { cause: error },
      );
    },
  );
  return { packages: gauges.get(EXPECTED_PACKAGES), objects: gauges.get(EXPECTED_OBJECTS) };
}
