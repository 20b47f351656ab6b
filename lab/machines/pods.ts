import { join } from 'node:path';
import { forgejo } from '../../estate/forgejo';
import { hosts } from '../../estate/hosts';
import { legacyRegistry } from '../../estate/legacy-registry';
import { resolvers } from '../../estate/name-resolution';
import { registryVm } from '../../estate/registry-vm';
import { startClusterNetwork, type ClusterNetwork, type Route } from '../network/cluster-network';
import type { Containerd } from './containerd';
import { startClusterDns } from '../servers/coredns';
import { findTool } from '../programs/find-tool';
import type { Kubernetes } from '../servers/kubernetes';
import { startKubeProxy } from './kube-proxy';
import { startControlPlane } from '../servers/control-plane';
import { writeKubeconfig } from '../servers/kubeconfig';
import { startKubelet } from './kubelet';
import type { LabContext } from '../process/lab-context';
import { addressesOf, joinNodes, startNodeMachine, type NodeMachine } from './node-machine';
import { startNodeContainerd } from './node-containerd';
import { podImages } from './pod-images';
import { runOk } from '../../terminal/run';
import { settle } from '../process/settle';
import { addServiceEndpoint } from '../servers/service-endpoint';
import { applyObjects } from '../servers/apply-objects';

export interface PodsProps {
  /** @default one, `node-a` */
  readonly nodes?: readonly string[];
}

export interface Node {
  readonly machine: NodeMachine;
  readonly containerd: Containerd;
}

/** What runs pods: nodes, their scheduler, their network and name server. */
export interface Pods {
  readonly nodes: readonly Node[];
  readonly network: ClusterNetwork;
  /** The administrator's kubeconfig for programs in that network. */
  readonly kubeconfig: string;
}

/** Where nodes and pods find the lab's servers: a machine's address, or a Service's endpoint (`addServiceEndpoint`). */
export const podRoutes = {
  forge: { address: '10.0.0.1', port: 3000 },
  pushgateway: { address: '10.0.0.1', port: 9091 },
  legacyRegistry: { address: registryVm.address, port: legacyRegistry.runsOn.port },
  traefik: { address: hosts.traefikLoadBalancer, port: 443 },
} as const;

const namesOutside = { [forgejo.host]: hosts.traefikLoadBalancer };
const dnsServiceAddress = '10.96.0.10';

/** Starts the scheduler, the nodes and their network; resolves when pods can run, given controllers. Takes root. */
export async function startPods(
  lab: LabContext,
  kubernetes: Kubernetes,
  {
    nodes: names = ['node-a'],
    routes,
  }: PodsProps & { readonly routes: readonly Omit<Route, 'certificate'>[] },
): Promise<Pods> {
  const [address = '', port = ''] = hosts.kubernetesApi.split(':');
  const apiServer = { address, port: Number(port), to: new URL(kubernetes.url).host };
  // What the registry VM serves with the certificate for its name.
  const hostsOfVm = [legacyRegistry.host, registryVm.address];
  const certificate = await lab.authority.issue({ name: 'registry-vm', hosts: hostsOfVm });
  const network = await startClusterNetwork(lab, [
    apiServer,
    ...routes.map((route) => (route.address === registryVm.address ? { ...route, certificate } : route)),
  ]);
  await joinNodes(network);
  const apiUrl = `https://${hosts.kubernetesApi}`;
  const kubeconfig = writeKubeconfig({
    file: join(lab.serverFolder('cluster-network'), 'kubeconfig'),
    url: apiUrl,
    caFile: lab.authority.caFile,
    user: { token: kubernetes.adminToken },
  });
  const images = await podImages();
  const [nodes] = await settle([
    settle(
      names.map(async (name, index) => {
        const machine = await startNodeMachine(lab, network, name, addressesOf(index));
        const containerd = await startNodeContainerd(lab, machine);
        for (const archive of images) await importImage(containerd, archive);
        await settle([
          startKubelet(lab, { machine, containerd, kubernetes, apiUrl, dnsAddress: dnsServiceAddress }),
          startKubeProxy(lab, machine, kubeconfig), // waits for the Node that the kubelet makes
        ]);
        return { machine, containerd };
      }),
    ),
    startControlPlane(lab, kubernetes, 'kube-scheduler'),
    startClusterDns(lab, { network, address: resolvers.technitium.address, kubeconfig, names: namesOutside }),
    makeClusterServices(kubernetes, apiServer),
  ]);
  return { nodes, network, kubeconfig };
}

/** The two Services that every cluster has: the API server, which makes its own, and the name server. */
async function makeClusterServices(kubernetes: Kubernetes, { address, port }: Route): Promise<void> {
  const ports = [
    { name: 'dns-udp', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ];
  const [service, namespace] = ['kube-dns', 'kube-system'];
  await applyObjects(kubernetes, [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: service, namespace } },
      spec: { clusterIP: dnsServiceAddress, ports },
    },
  ]);
  const { address: nameServer } = resolvers.technitium;
  await addServiceEndpoint(kubernetes, { namespace, service, address: nameServer, ports });
  await addServiceEndpoint(kubernetes, {
    ...{ namespace: 'default', service: 'kubernetes', address },
    ports: [{ name: 'https', port }],
  });
}

/** Puts an archive of an image on a node. */
async function importImage({ socket }: Containerd, archive: string): Promise<void> {
  const ctr = await findTool('ctr');
  await runOk(ctr.path, ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive]);
}
