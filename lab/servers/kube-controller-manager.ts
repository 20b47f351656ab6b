import { join } from 'node:path';
import { findTool } from '../programs/find-tool';
import type { Kubernetes } from './kube-apiserver';
import { kubeRequest } from './kube-request';
import { writeKubeconfig } from './kubeconfig';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

/** The cluster's own controllers: ServiceAccounts, quotas, aggregated roles, Jobs of CronJobs, what a deletion leaves. */
export interface Controllers {
  readonly version: string;
}

/** Starts kube-controller-manager under the identity that the API server's own roles are for. */
export async function startControllerManager(lab: LabContext, kubernetes: Kubernetes): Promise<Controllers> {
  const tool = await findTool('kube-controller-manager', lab.progress);
  const folder = lab.serverFolder('kube-controller-manager');
  const { url, caFile } = kubernetes;
  const client = await lab.authority.issue({ name: 'system:kube-controller-manager' });
  const serving = await lab.authority.issue({ name: 'kube-controller-manager', hosts: ['127.0.0.1'] });
  const kubeconfig = writeKubeconfig({ file: join(folder, 'kubeconfig'), url, caFile, user: client });
  const port = await freePort();
  const address = `https://127.0.0.1:${port}`;
  await lab.start({
    name: 'kube-controller-manager',
    version: tool.version,
    address,
    command: tool.path,
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${serving.certFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      // One of its kind runs, so nobody has to be waited for.
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${kubernetes.serviceAccountKeyFile}`,
      `--root-ca-file=${caFile}`,
    ],
    ready: async () => {
      const { status } = await kubeRequest({ url: address, caFile, token: '' }, { path: '/healthz' });
      if (status !== 200) return false;
      const account = '/api/v1/namespaces/default/serviceaccounts/default';
      return (await kubernetes.request({ path: account })).status === 200;
    },
  });
  return { version: tool.version };
}
