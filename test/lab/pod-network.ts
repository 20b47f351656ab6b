import { pushgateway } from '../../estate/pushgateway';
import { forgejo } from '../../estate/forgejo';
import { startClusterNetwork, type ClusterNetwork, type Route } from '../../lab/network/cluster-network';
import { serviceRoutes } from '../../lab/servers/cluster-services';
import type { Kubernetes } from '../../lab/servers/kubernetes';
import type { Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/surroundings';

/**
 * The network of our CronJobs: the API server, the forge behind the Service of the forgejo stack, which must be
 * applied, and the Pushgateway.
 */
export async function startPodNetwork(
  lab: Lab<'forge' | 'kubernetes' | 'pushgateway'>,
  others: readonly Route[] = [],
): Promise<ClusterNetwork> {
  const services = await serviceRoutes(lab.kubernetes, [
    { namespace: 'default', name: 'kubernetes', to: new URL(lab.kubernetes.url).host },
    { namespace: forgejo.namespace, name: 'forgejo', to: lab.forge.host },
    { ...(await applyPushgatewayService(lab.kubernetes)), to: new URL(lab.pushgateway.url).host },
  ]);
  return startClusterNetwork(lab, [...services, ...others]);
}

/** Applies the Service that the estate's Pushgateway address names and another stack brings in the tree. */
async function applyPushgatewayService(
  kubernetes: Kubernetes,
): Promise<{ readonly namespace: string; readonly name: string }> {
  const { service: name, namespace, port } = pushgateway;
  const spec = { ports: [{ port }] };
  await applyObjects(kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec },
  ]);
  return { namespace, name };
}
