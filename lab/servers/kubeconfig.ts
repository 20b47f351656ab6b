import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Certificate } from '../process/certificate-authority';

export interface KubeconfigProps {
  readonly file: string;
  /** The API server, as whoever reads the file reaches it. */
  readonly url: string;
  readonly caFile: string;
  readonly user: { readonly token: string } | Certificate;
}

/** Writes one user's access to an API server, for kubectl and the programs of a cluster; answers the file. */
export function writeKubeconfig({ file, url, caFile, user }: KubeconfigProps): string {
  const credentials =
    'token' in user ? user : { 'client-certificate': user.certFile, 'client-key': user.keyFile };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'user', user: credentials }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'user' } }],
    'current-context': 'lab',
  };
  writeFileSync(file, stringify(kubeconfig), { mode: 0o600 });
  return file;
}
