import type { Estate } from '../estate';

/** The Pushgateway as pods reach it, without a path. */
export function pushgatewayUrl({ pushgateway: { service, namespace, port } }: Estate): string {
  return `http://${service}.${namespace}:${port}`;
}

/** The Pushgateway as machines outside the cluster reach it: at the API server's address, which is a node's. */
export function pushgatewayUrlOutside({ hosts, pushgateway }: Estate): string {
  return `http://${hosts.kubernetesApi.replace(/:\d+$/, '')}:${pushgateway.nodePort ?? 0}`;
}
