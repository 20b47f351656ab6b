import { Transport, type RegistryRequest } from '../../clients/http/transport';
import { readLimited } from '../../clients/http/response';
import type { Group } from '../../clients/pushgateway';

const MAX_METRICS_BYTES = 16 * 1024 * 1024;
export const EXPECTED_PACKAGES = 'forgejo_retention_packages_expected';

/** How many packages the last run expects this one to see; `undefined` before the first run. */
export async function expectedPackages(
  pushgatewayUrl: string,
  group: Group,
  signal: AbortSignal,
): Promise<number | undefined> {
  const request: RegistryRequest = { method: 'GET', url: new URL('/metrics', pushgatewayUrl), scope: '' };
  const text = await new Transport({ signal }).send(request, async (response) =>
    (await readLimited(response, request, MAX_METRICS_BYTES)).toString('utf8'),
  );
  const line = text
    .split('\n')
    .find(
      (each) =>
        each.startsWith(`${EXPECTED_PACKAGES}{`) &&
        Object.entries(group).every(([name, value]) => each.includes(`${name}="${value}"`)),
    );
  const value = Number(line?.slice(line.lastIndexOf(' ') + 1) ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}
