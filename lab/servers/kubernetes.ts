import { runOk } from '../../terminal/run';
import { kubeRequest, type KubeAccess, type KubeAnswer, type KubeRequest } from './kube-request';
import { writeKubeconfig } from './kubeconfig';
import { join } from 'node:path';

/** A running API server and an administrator's way in. */
export interface Kubernetes {
  readonly url: string;
  /** A file with the administrator's access, for kubectl and Terraform. */
  readonly kubeconfig: string;
  readonly caFile: string;
  /** A bearer token of the group system:masters. */
  readonly adminToken: string;
  /** The key that tokens of ServiceAccounts are signed with. */
  readonly serviceAccountKeyFile: string;
  readonly version: string;
  /** One API request, as the administrator. */
  request(request: KubeRequest): Promise<KubeAnswer>;
  /** Writes a file with the access of a ServiceAccount, by a token as its pods would get one, and returns its path. */
  kubeconfigOf(account: { readonly namespace: string; readonly name: string }): Promise<string>;
  /** Runs kubectl as the administrator; rejects with what it said when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
}

/** The ConfigMap by which a cluster says that tests may overwrite anything in it. */
export const consent = { namespace: 'kube-system', name: 'registry-consolidation-lab' };

/** What is done with an API server, whoever has started it. @param program kubectl, whose files are in the folder */
export function administerKubernetes(
  access: KubeAccess,
  kubeconfig: string,
  program: string,
  folder: string,
): Omit<Kubernetes, 'adminToken' | 'serviceAccountKeyFile' | 'version'> {
  const { url, caFile } = access;
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig };
  const kubectl: Kubernetes['kubectl'] = (args, input = '') => runOk(program, args, { env, input });
  return {
    ...{ url, kubeconfig, caFile, kubectl },
    request: (request) => kubeRequest(access, request),
    kubeconfigOf: async ({ namespace, name }) => {
      const token = (await kubectl(['create', 'token', name, '-n', namespace, '--duration=24h'])).trim();
      const file = join(folder, `${namespace}-${name}.kubeconfig`);
      return writeKubeconfig({ file, url, caFile, user: { token } });
    },
  };
}
