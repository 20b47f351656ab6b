import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LabContext } from '../process/lab-context';

/**
 * Flags with which the API server reaches kubelets, for logs and exec, through the tunnel into their network.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/ for the egress selector
 */
export async function flagsTowardsNodes(
  lab: LabContext,
  folder: string,
  tunnelSocket: string,
): Promise<readonly string[]> {
  const client = await lab.authority.issue({ name: 'kubelet-client', organization: 'system:masters' });
  const selector = join(folder, 'egress-selector.yaml');
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: tunnelSocket } } };
  writeFileSync(
    selector,
    stringify({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    }),
  );
  return [
    `--egress-selector-config-file=${selector}`,
    `--kubelet-client-certificate=${client.certFile}`,
    `--kubelet-client-key=${client.keyFile}`,
    `--kubelet-certificate-authority=${lab.authority.caFile}`,
    '--kubelet-preferred-address-types=InternalIP',
  ];
}
