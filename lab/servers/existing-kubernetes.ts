import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notHeld, type Whereabouts } from './existing';
import { findTool } from '../programs/find-tool';
import { kubeRequest, type KubeAccess } from './kube-request';
import { administerKubernetes, consent, type Kubernetes } from './kubernetes';
import type { LabContext } from '../process/lab-context';
import { runOk } from '../../terminal/run';

/** A cluster that already runs. Stacks are applied to it whole, so it must hold the ConfigMap that consents to that. */
export async function existingKubernetes(
  lab: LabContext,
  { KUBECONFIG }: Whereabouts<'kubernetes'>,
): Promise<Kubernetes> {
  const { path: program } = await findTool('kubectl');
  const folder = lab.serverFolder('kube-apiserver');
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG };
  const flat = await runOk(program, ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'], {
    env,
  });
  const access = accessOf(JSON.parse(flat) as Kubeconfig, folder);

  const { namespace, name } = consent;
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  const { status } = await kubeRequest(access, { path });
  if (status !== 200) {
    throw new Error(
      `kubernetes: "${access.url}" does not say that tests may overwrite what is in it, got ${status} for ` +
        `ConfigMap "${name}"; if they may: kubectl create configmap ${name} -n ${namespace}`,
    );
  }
  const { body } = await kubeRequest(access, { path: '/version' });
  const version = (body as { gitVersion: string }).gitVersion.replace(/^v/, '');
  return {
    ...administerKubernetes(access, KUBECONFIG, program, folder),
    version,
    get adminToken() {
      return notHeld('kubernetes', "its administrator's token");
    },
    get serviceAccountKeyFile() {
      return notHeld('kubernetes', 'the key of its ServiceAccount tokens');
    },
  };
}

/** What `kubectl config view --flatten` prints: one context, with certificates and keys in place. */
interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string } & Data<'certificate-authority'> },
  ];
  readonly users: readonly [
    { readonly user: { readonly token?: string } & Data<'client-certificate' | 'client-key'> },
  ];
}

type Data<Of extends string> = Readonly<Partial<Record<`${Of}-data`, string>>>;

function accessOf({ clusters: [{ cluster }], users: [{ user }] }: Kubeconfig, folder: string): KubeAccess {
  const file = (name: string, data: string | undefined, what: string): string => {
    if (data === undefined)
      throw new Error(`kubernetes: the current context of KUBECONFIG has no ${what}; give it one`);
    writeFileSync(join(folder, name), Buffer.from(data, 'base64'), { mode: 0o600 });
    return join(folder, name);
  };
  const url = cluster.server;
  const caFile = file('ca.crt', cluster['certificate-authority-data'], 'certificate-authority');
  if (user.token !== undefined) return { url, caFile, token: user.token };
  const either = 'token and no client certificate';
  const certFile = file('client.crt', user['client-certificate-data'], either);
  return { url, caFile, certFile, keyFile: file('client.key', user['client-key-data'], either) };
}
