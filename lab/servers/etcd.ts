import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

/** The store of a kube-apiserver. */
export interface Etcd {
  readonly url: string;
}

export async function startEtcd(lab: LabContext): Promise<Etcd> {
  const tool = await findTool('etcd', lab.progress);
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  await lab.start({
    name: 'etcd',
    version: tool.version,
    address: url,
    command: tool.path,
    args: [
      '--data-dir=data',
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
    ],
    ready: () => answers(`${url}/health`),
  });
  return { url };
}
