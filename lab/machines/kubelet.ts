import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Containerd } from './containerd';
import { startProgram } from '../programs/start-program';
import type { Kubernetes } from '../servers/kubernetes';
import { writeKubeconfig } from '../servers/kubeconfig';
import type { LabContext } from '../process/lab-context';
import type { NodeMachine } from './node-machine';

export interface KubeletProps {
  readonly machine: NodeMachine;
  readonly containerd: Containerd;
  readonly kubernetes: Kubernetes;
  /** The API server, as nodes reach it. */
  readonly apiUrl: string;
  readonly dnsAddress: string;
}

/** Starts a node's kubelet with its own identity and its default folders; resolves when the node is ready for pods. */
export async function startKubelet(lab: LabContext, props: KubeletProps): Promise<void> {
  const { machine, containerd, kubernetes, apiUrl, dnsAddress } = props;
  const folder = join(machine.etc, 'kubernetes');
  mkdirSync(folder, { recursive: true });
  const { caFile } = lab.authority;
  const name = `${machine.name}-kubelet`;
  const serving = await lab.authority.issue({ name, hosts: [machine.name, machine.address] });
  const node = { name: `system:node:${machine.name}`, organization: 'system:nodes' };
  const user = await lab.authority.issue(node);
  const kubeconfig = writeKubeconfig({ file: join(folder, 'kubelet.conf'), url: apiUrl, caFile, user });
  const configuration = join(folder, 'kubelet-config.json');
  writeFileSync(
    configuration,
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: caFile },
      },
      authorization: { mode: 'Webhook' },
      cgroupDriver: 'cgroupfs',
      cgroupRoot: machine.cgroup,
      clusterDNS: [dnsAddress],
      clusterDomain: 'cluster.local',
      containerRuntimeEndpoint: `unix://${containerd.socket}`,
      failCgroupV1: false,
      failSwapOn: false,
      // The machine's disk is not the lab's to judge: neither eviction nor image removal for want of room.
      evictionHard: { 'memory.available': '100Mi' },
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
      oomScoreAdj: 0, // a sandbox may refuse a lower one
      podCIDR: machine.podCidr,
      tlsCertFile: serving.certFile,
      tlsPrivateKeyFile: serving.keyFile,
    }),
  );
  await startProgram(lab, {
    ...{ tool: 'kubelet', name, within: machine.enter },
    args: [
      ...[`--config=${configuration}`, `--kubeconfig=${kubeconfig}`],
      ...[`--hostname-override=${machine.name}`, `--node-ip=${machine.address}`],
    ],
    ready: () => isReady(kubernetes, machine.name),
  });
}

async function isReady(kubernetes: Kubernetes, name: string): Promise<boolean> {
  const { status, body } = await kubernetes.request({ path: `/api/v1/nodes/${name}` });
  if (status !== 200) return false;
  const { conditions = [] } = (body as { status: { conditions?: { type: string; status: string }[] } })
    .status;
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}
