import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

/** Starts the store of a kube-apiserver: one member, which talks to no other. */
export async function startEtcd(lab: LabContext): Promise<LoopbackServer> {
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  return startLoopbackServer(lab, 'etcd', {
    args: [
      ...['--data-dir=data', `--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
      `--initial-cluster=default=${peerUrl}`,
    ],
  });
}
