import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../programs/find-tool';
import { startProgram } from '../programs/start-program';
import type { LabContext } from '../process/lab-context';
import { podsCidr, type NodeMachine } from './node-machine';

/**
 * Starts what leads the addresses of Services to their endpoints on one node, by nftables rules of that node alone.
 * @param kubeconfig an administrator's that works on nodes
 */
export async function startKubeProxy(
  lab: LabContext,
  machine: NodeMachine,
  kubeconfig: string,
): Promise<void> {
  const nft = await findTool('nft');
  const name = `${machine.name}-kube-proxy`;
  const folder = lab.serverFolder(name);
  // kube-proxy runs "nft" from PATH; a program that was unpacked needs its libraries named.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const libraries = nft.libraries === undefined ? '' : `LD_LIBRARY_PATH=${nft.libraries} `;
  writeFileSync(join(bin, 'nft'), `#!/bin/sh\n${libraries}exec ${nft.path} "$@"\n`);
  chmodSync(join(bin, 'nft'), 0o755);
  const configuration = join(folder, 'config.json');
  const log = join(lab.folder, `${name}.log`);
  const health = '127.0.0.1:10256';
  writeFileSync(
    configuration,
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      clientConnection: { kubeconfig },
      mode: 'nftables',
      clusterCIDR: podsCidr,
      hostnameOverride: machine.name,
      healthzBindAddress: health,
      metricsBindAddress: '127.0.0.1:10249',
      conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: '0s', tcpEstablishedTimeout: '0s' },
    }),
  );
  await startProgram(lab, {
    ...{ tool: 'kube-proxy', name, within: machine.enter },
    args: [`--config=${configuration}`],
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    // Logged once it knows the Services and endpoints, just before it writes the rules.
    ready: () => Promise.resolve(/Caches are synced.*endpoint slice/.test(readFileSync(log, 'utf8'))),
  });
}
