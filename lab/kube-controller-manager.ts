import { findTool } from './find-tool';
import type { Kubernetes } from './kube-apiserver';
import { kubeRequest } from './kube-request';
import type { LabContext } from './lab-context';
import { freePort } from './ports';

/**
 * Starts the controllers that a cluster has: service accounts and their CA ConfigMap, quota status,
 * Deployments, CronJobs and Jobs, endpoints, garbage collection. What they create runs only where
 * there are nodes.
 */
export async function startControllerManager(lab: LabContext, kubernetes: Kubernetes): Promise<void> {
  const name = 'kube-controller-manager';
  const tool = await findTool(name, lab.progress);
  const serving = await lab.authority.issue({ name, hosts: ['127.0.0.1'] });
  const port = await freePort();
  const access = {
    url: `https://127.0.0.1:${port}`,
    caFile: lab.authority.caFile,
    token: kubernetes.adminToken,
  };
  await lab.start({
    name,
    version: tool.version,
    address: access.url,
    command: tool.path,
    args: [
      `--kubeconfig=${kubernetes.kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${serving.certFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      '--leader-elect=false',
      `--root-ca-file=${lab.authority.caFile}`,
      `--service-account-private-key-file=${kubernetes.serviceAccountKeyFile}`,
    ],
    ready: async () => (await kubeRequest(access, { path: '/healthz' })).status === 200,
  });
}
