import { existing, type Whereabouts } from './existing';
import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

export interface Pushgateway {
  readonly url: string;
  readonly version: string;
  /** Everything pushed so far, in the text exposition format. */
  metrics(): Promise<string>;
}

/** Starts a Pushgateway, or takes the one that LAB_EXISTING names. */
export async function startPushgateway(lab: LabContext): Promise<Pushgateway> {
  const elsewhere = existing('pushgateway');
  if (elsewhere !== undefined) return reusePushgateway(lab, elsewhere);
  const tool = await findTool('pushgateway', lab.progress);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  await lab.start({
    name: 'pushgateway',
    version: tool.version,
    address: url,
    whereabouts: { PUSHGATEWAY_URL: url },
    command: tool.path,
    args: [`--web.listen-address=${address}`],
    ready: () => answers(`${url}/-/ready`),
  });
  return { url, version: tool.version, metrics: () => metricsOf(url) };
}

async function reusePushgateway(
  lab: LabContext,
  { PUSHGATEWAY_URL }: Whereabouts<'pushgateway'>,
): Promise<Pushgateway> {
  const { origin: url } = new URL(PUSHGATEWAY_URL);
  const response = await fetch(`${url}/api/v1/status`);
  if (!response.ok)
    throw new Error(`pushgateway: ${url}/api/v1/status answered ${response.status}; correct PUSHGATEWAY_URL`);
  const status = (await response.json()) as { data: { build_information: { version: string } } };
  const { version } = status.data.build_information;
  lab.show({ name: 'pushgateway', version, address: url });
  return { url, version, metrics: () => metricsOf(url) };
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
