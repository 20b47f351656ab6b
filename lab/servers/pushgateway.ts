import type { LabContext } from '../process/lab-context';
import { existing } from './existing';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

export interface Pushgateway extends Pick<LoopbackServer, 'url' | 'host'> {
  /** Everything pushed so far, in the text exposition format. */
  metrics(): Promise<string>;
}

export async function startPushgateway(lab: LabContext): Promise<Pushgateway> {
  const at = existing('pushgateway');
  const { url, host } =
    at === undefined
      ? await startLoopbackServer(lab, 'pushgateway')
      : await existingPushgateway(new URL(at.PUSHGATEWAY_URL));
  return { url, host, metrics: async () => (await fetch(`${url}/metrics`)).text() };
}

async function existingPushgateway({ origin: url, host }: URL): Promise<Omit<Pushgateway, 'metrics'>> {
  const { ok, status } = await fetch(`${url}/api/v1/status`);
  if (!ok) throw new Error(`pushgateway: ${url}/api/v1/status answered ${status}; correct PUSHGATEWAY_URL`);
  return { url, host };
}
