import { hosts } from '../../estate/hosts';
import type { ApiObject } from '../../manifests/api-object';

const { hostname, port } = new URL(hosts.pushgatewayUrl);
const [name = '', namespace = ''] = hostname.split('.');

/** The Service that the estate's Pushgateway address names, which another stack brings in the tree. */
export const pushgatewayService: readonly ApiObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { ports: [{ port: Number(port) }] },
  },
];
