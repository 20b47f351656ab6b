import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hosts } from '../../estate/hosts';
import { existing } from './existing';
import { existingKubernetes } from './existing-kubernetes';
import { findTool } from '../programs/find-tool';
import { startProgram } from '../programs/start-program';
import { writeKubeconfig } from './kubeconfig';
import { kubeRequest, type KubeAccess } from './kube-request';
import { administerKubernetes, consent, type Kubernetes } from './kubernetes';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { runOk } from '../../terminal/run';
import { stringify } from 'yaml';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

/** Where nodes and pods reach the API server, as in production. */
const [apiAddress] = hosts.kubernetesApi.split(':') as [string];

/**
 * Starts etcd and a kube-apiserver with RBAC and the default admission plugins, or takes the cluster that LAB_EXISTING names.
 * @param tunnelSocket a socket file whose HTTP proxy leads to nodes and pods, which only their own network reaches
 */
export async function startKubernetes(lab: LabContext, tunnelSocket?: string): Promise<Kubernetes> {
  const at = existing('kubernetes');
  if (at !== undefined) return existingKubernetes(lab, at);
  const { path: program } = await findTool('kubectl');
  const etcd = await startEtcd(lab);
  const folder = lab.serverFolder('kube-apiserver');
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const serving = await lab.authority.issue({
    name: 'kube-apiserver',
    hosts: [
      ...['127.0.0.1', 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ...['10.96.0.1', apiAddress],
    ],
  });
  const serviceAccountKeyFile = join(folder, 'service-account.key');
  await runOk('openssl', ['genrsa', '-out', serviceAccountKeyFile, '2048']);
  const adminToken = randomBytes(24).toString('hex');
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${adminToken},lab-admin,lab-admin,"system:masters"\n`, { mode: 0o600 });
  const { caFile } = lab.authority;
  const user = { token: adminToken };
  const access = { url, caFile, ...user };
  const kubeconfig = writeKubeconfig({ file: join(folder, 'kubeconfig'), url, caFile, user });

  const tool = await findTool('kube-apiserver');
  await startProgram(lab, {
    tool,
    args: [
      `--etcd-servers=${etcd.url}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      // An endpoint of the "kubernetes" Service cannot be a loopback address.
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${serving.certFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      `--client-ca-file=${caFile}`,
      `--token-auth-file=${tokens}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      // As every kubelet-bearing cluster has it: what may run is Pod Security admission's to say.
      '--allow-privileged=true',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${serviceAccountKeyFile}`,
      `--service-account-key-file=${serviceAccountKeyFile}`,
      ...(tunnelSocket === undefined ? [] : await flagsTowardsNodes(lab, folder, tunnelSocket)),
    ],
    ready: async () =>
      (await kubeRequest(access, { path: '/readyz' })).status === 200 && (await consents(access)),
  });
  const administration = administerKubernetes(access, kubeconfig, program, folder);
  return { ...administration, adminToken, serviceAccountKeyFile, version: tool.version };
}

/** Writes that tests may overwrite what is in this cluster; true once the namespace for it is there. */
async function consents(access: KubeAccess): Promise<boolean> {
  const { namespace, name } = consent;
  const { status } = await kubeRequest(access, {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    body: { metadata: { name } },
  });
  return status === 201;
}

/**
 * Flags with which the API server reaches kubelets, for logs and exec, through the tunnel into their network.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/ for the egress selector
 */
async function flagsTowardsNodes(
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

/** Starts the store of a kube-apiserver: one member, which talks to no other. */
async function startEtcd(lab: LabContext): Promise<LoopbackServer> {
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  return startLoopbackServer(lab, 'etcd', {
    args: [
      ...['--data-dir=data', `--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
      `--initial-cluster=default=${peerUrl}`,
    ],
  });
}
