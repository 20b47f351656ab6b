import type { LabContext } from '../process/lab-context';
import { existing } from './existing';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

export interface Pushgateway extends Pick<LoopbackServer, 'url' | 'host' | 'version'> {
  /** Everything pushed so far, in the text exposition format. */
  metrics(): Promise<string>;
}

export async function startPushgateway(lab: LabContext): Promise<Pushgateway> {
  const at = existing('pushgateway');
  const { url, host, version } =
    at === undefined
      ? await startLoopbackServer(lab, 'pushgateway')
      : await existingPushgateway(new URL(at.PUSHGATEWAY_URL));
  return { url, host, version, metrics: async () => (await fetch(`${url}/metrics`)).text() };
}

async function existingPushgateway({ origin: url, host }: URL): Promise<Omit<Pushgateway, 'metrics'>> {
  const response = await fetch(`${url}/api/v1/status`);
  if (!response.ok)
    throw new Error(`pushgateway: ${url}/api/v1/status answered ${response.status}; correct PUSHGATEWAY_URL`);
  const status = (await response.json()) as { data: { build_information: { version: string } } };
  const { version } = status.data.build_information;
  return { url, host, version };
}
