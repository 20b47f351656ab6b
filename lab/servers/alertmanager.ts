import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

export interface Alertmanager {
  readonly url: string;
  /** The host and port, as Prometheus is told them. */
  readonly host: string;
  readonly version: string;
  /** The labels of each alert that it holds now. */
  alerts(): Promise<readonly Readonly<Record<string, string>>[]>;
}

/** Starts an Alertmanager that keeps what it receives and notifies nobody. */
export async function startAlertmanager(lab: LabContext): Promise<Alertmanager> {
  const tool = await findTool('alertmanager', lab.progress);
  const folder = lab.serverFolder('alertmanager');
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}`;
  const configuration = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] };
  writeFileSync(join(folder, 'alertmanager.yml'), stringify(configuration));
  await lab.start({
    name: 'alertmanager',
    version: tool.version,
    address: url,
    command: tool.path,
    args: [
      '--config.file=alertmanager.yml',
      '--storage.path=data',
      `--web.listen-address=${host}`,
      '--cluster.listen-address=', // one of a kind: no gossip port
    ],
    ready: () => answers(`${url}/-/ready`),
  });
  return {
    url,
    host,
    version: tool.version,
    alerts: async () => {
      const answer = (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly AlertAnswer[];
      return answer.map(({ labels }) => labels);
    },
  };
}

interface AlertAnswer {
  readonly labels: Readonly<Record<string, string>>;
}
