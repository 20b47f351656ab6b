import { findTool } from '../programs/find-tool';
import type { Kubernetes } from './kube-apiserver';
import { kubeRequest } from './kube-request';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

/** Starts what gives each pod its node. */
export async function startScheduler(lab: LabContext, kubernetes: Kubernetes): Promise<void> {
  const name = 'kube-scheduler';
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
    ],
    ready: async () => (await kubeRequest(access, { path: '/healthz' })).status === 200,
  });
}
