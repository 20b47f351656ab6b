import { readGauges, type Group } from '../../clients/pushgateway';

export const EXPECTED_PACKAGES = 'forgejo_retention_packages_expected';

/** How many packages the last run expects this one to see; `undefined` before the first run. */
export async function expectedPackages(
  url: string,
  group: Group,
  signal: AbortSignal,
): Promise<number | undefined> {
  return (await readGauges({ url, group, signal }, [EXPECTED_PACKAGES])).get(EXPECTED_PACKAGES);
}
