import type { Kubernetes } from './kubernetes';
import { applyObjects } from './apply-objects';

export interface ServiceEndpoint {
  readonly namespace: string;
  /** The Service, which stays as it is. */
  readonly service: string;
  /** Where what stands for its pods answers, in the cluster's network. */
  readonly address: string;
  /** Its ports, under the names that the Service has for them. */
  readonly ports: readonly { readonly name?: string; readonly protocol?: string; readonly port: number }[];
}

/** Gives a Service an endpoint besides the pods that it selects: a server of the lab, which is no pod. */
export async function addServiceEndpoint(kubernetes: Kubernetes, props: ServiceEndpoint): Promise<void> {
  const { namespace, service, address, ports } = props;
  await applyObjects(kubernetes, [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${service}-lab`,
        namespace,
        labels: {
          'kubernetes.io/service-name': service,
          'endpointslice.kubernetes.io/managed-by': 'lab',
        },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: ports.map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol, port })),
    },
  ]);
}
