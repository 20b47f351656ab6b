import { ServerError } from '../../clients/http/errors';
import type { Group } from '../../clients/pushgateway';
import { pushedSamples } from '../../clients/pushed-samples';

const PREFIX = 'forgejo_retention_';

/** What the last run expects this one to see; each is `undefined` before the first run. */
export interface Expected {
  readonly packages: number | undefined;
  readonly objects: number | undefined;
}

export async function expectedByLastRun(url: string, group: Group, signal: AbortSignal): Promise<Expected> {
  const samples = await pushedSamples({ url, group, signal, prefix: PREFIX }).catch((error: unknown) => {
    if (!(error instanceof ServerError)) throw error;
    throw new Error(
      `retention: what the last run saw could not be read from the Pushgateway, got "${error.message}"; check its address and the NetworkPolicy`,
      { cause: error },
    );
  });
  const valueOf = (name: string): number | undefined =>
    samples.find((sample) => sample.name === `${PREFIX}${name}`)?.value;
  return { packages: valueOf('packages_expected'), objects: valueOf('cluster_objects_expected') };
}
