import type { Route } from '../network/cluster-network';
import type { Kubernetes } from './kubernetes';

/** A Service of the cluster and the lab's server that stands behind it. */
export interface ServiceRoute {
  readonly namespace: string;
  readonly name: string;
  /** `host:port` on this machine's loopback. */
  readonly to: string;
}

interface Service {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly clusterIP?: string; readonly ports?: readonly { readonly port: number }[] };
}

/** What kube-proxy would do for these Services: every port of their cluster addresses leads to the server. */
export async function serviceRoutes(
  kubernetes: Kubernetes,
  wanted: readonly ServiceRoute[],
): Promise<readonly Route[]> {
  const services = await listServices(kubernetes);
  return wanted.flatMap(({ namespace, name, to }) => {
    const service = services.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    const address = service?.spec.clusterIP;
    if (service === undefined || address === undefined || address === 'None')
      throw new Error(`lab: no Service ${namespace}/${name} with a cluster address; apply it first`);
    return (service.spec.ports ?? []).map(({ port }) => ({ address, port, to }));
  });
}

/** What the cluster's DNS would answer: each Service's names and its cluster address. */
export async function serviceAddresses(kubernetes: Kubernetes): Promise<Readonly<Record<string, string>>> {
  const services = await listServices(kubernetes);
  return Object.fromEntries(
    services.flatMap(({ metadata: { namespace, name }, spec: { clusterIP = 'None' } }) => {
      const names = [
        `${name}.${namespace}`,
        `${name}.${namespace}.svc`,
        `${name}.${namespace}.svc.cluster.local`,
      ];
      return clusterIP === 'None' ? [] : names.map((host) => [host, clusterIP]);
    }),
  );
}

async function listServices(kubernetes: Kubernetes): Promise<readonly Service[]> {
  const { body } = await kubernetes.request({ path: '/api/v1/services' });
  return (body as { items: readonly Service[] }).items;
}
