import { findTool } from './find-tool';
import { answers } from './http-ready';
import type { LabContext } from './lab-context';
import { freePort } from './ports';

export interface Pushgateway {
  readonly url: string;
  readonly version: string;
  /** Everything pushed so far, in the text exposition format. */
  metrics(): Promise<string>;
}

export async function startPushgateway(lab: LabContext): Promise<Pushgateway> {
  const tool = await findTool('pushgateway', lab.progress);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  await lab.start({
    name: 'pushgateway',
    version: tool.version,
    address: url,
    command: tool.path,
    args: [`--web.listen-address=${address}`],
    ready: () => answers(`${url}/-/ready`),
  });
  return { url, version: tool.version, metrics: async () => (await fetch(`${url}/metrics`)).text() };
}
