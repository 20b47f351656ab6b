import { join } from 'node:path';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { startProgram } from '../programs/start-program';
import { kubeRequest } from './kube-request';
import { writeKubeconfig } from './kubeconfig';
import type { Kubernetes } from './kubernetes';

interface Row {
  /** Beside those that both have. */
  readonly args: (kubernetes: Kubernetes) => readonly string[];
  /** An object that is there once it does its work. @default none is asked for */
  readonly makes?: string;
}

/** A row a program; the name is its ServiceAccount's too. */
const rows = {
  /** Gives each pod its node. */
  'kube-scheduler': { args: () => [] },
  /** The cluster's own controllers: ServiceAccounts, quotas, aggregated roles, Jobs of CronJobs, what a deletion leaves. */
  'kube-controller-manager': {
    args: ({ serviceAccountKeyFile, caFile }) => [
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${serviceAccountKeyFile}`,
      `--root-ca-file=${caFile}`,
    ],
    makes: '/api/v1/namespaces/default/serviceaccounts/default',
  },
} as const satisfies Record<string, Row>;

/** Starts a program of the control plane under the identity that the API server's own roles are for. */
export async function startControlPlane(
  lab: LabContext,
  kubernetes: Kubernetes,
  name: keyof typeof rows,
): Promise<void> {
  const { args, makes }: Row = rows[name];
  const { url, caFile } = kubernetes;
  const user = await lab.authority.issue({ name: `system:${name}` });
  const serving = await lab.authority.issue({ name, hosts: ['127.0.0.1'] });
  const kubeconfig = writeKubeconfig({ file: join(lab.serverFolder(name), 'kubeconfig'), url, caFile, user });
  const port = await freePort();
  const address = `https://127.0.0.1:${port}`;
  await startProgram(lab, {
    tool: name,
    args: [
      ...[`--kubeconfig=${kubeconfig}`, '--bind-address=127.0.0.1', `--secure-port=${port}`],
      ...[`--tls-cert-file=${serving.certFile}`, `--tls-private-key-file=${serving.keyFile}`],
      '--leader-elect=false', // one of its kind runs, so nobody has to be waited for
      ...args(kubernetes),
    ],
    ready: async () => {
      const health = await kubeRequest({ url: address, caFile, token: '' }, { path: '/healthz' });
      if (health.status !== 200) return false;
      return makes === undefined || (await kubernetes.request({ path: makes })).status === 200;
    },
  });
}
