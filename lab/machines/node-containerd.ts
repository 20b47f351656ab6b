import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resolvers } from '../../estate/name-resolution';
import { startContainerd, type Containerd } from './containerd';
import { findTool } from '../programs/find-tool';
import type { LabContext } from '../process/lab-context';
import type { NodeMachine } from './node-machine';
import { pauseImage } from './pod-images';

/** Starts a node's containerd as one that runs pods: on a bridge of that node, with the lab's programs. */
export async function startNodeContainerd(lab: LabContext, machine: NodeMachine): Promise<Containerd> {
  const runc = await findTool('runc');
  const bridge = await findTool('cni-bridge');
  const networks = join(machine.etc, 'cni/net.d');
  mkdirSync(networks, { recursive: true });
  writeFileSync(join(networks, '10-lab.conflist'), JSON.stringify(podNetwork(machine)));
  return startContainerd(lab, {
    machine,
    nameServer: resolvers.technitium.address,
    configToml: configuration({ runc: runc.path, plugins: dirname(bridge.path) }),
  });
}

function podNetwork({ podCidr }: NodeMachine): object {
  return {
    cniVersion: '1.0.0',
    name: 'lab',
    plugins: [
      {
        ...{ type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true },
        ipam: { type: 'host-local', ranges: [[{ subnet: podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  };
}

function configuration({ runc, plugins }: { readonly runc: string; readonly plugins: string }): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    'version = 2',
    `[${cri}]`,
    `  sandbox_image = "${pauseImage}"`,
    '  restrict_oom_score_adj = true', // a sandbox may refuse a lower one than its own
    `[${cri}.registry]`,
    '  config_path = "/etc/containerd/certs.d"',
    `[${cri}.cni]`,
    `  bin_dir = "${plugins}"`,
    '  conf_dir = "/etc/cni/net.d"',
    `[${cri}.containerd.runtimes.runc]`,
    '  runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `  BinaryName = "${runc}"`,
    '',
  ].join('\n');
}
