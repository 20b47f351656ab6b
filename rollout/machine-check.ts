import { parse } from 'smol-toml';
import { contentText, secretPlaceholder } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import type { VmCheck } from '../cloud-init/registry-vm';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a machine must be able to do before it is used again. */
export type Check =
  VmCheck | { readonly kind: 'pull'; readonly reference: string; readonly credentials: Credentials };

interface HostsToml {
  readonly server?: string;
  readonly host?: Readonly<Record<string, { readonly skip_verify?: boolean; readonly ca?: string }>>;
}

/**
 * The mirrors that a node's hosts.toml files name, each once. containerd passes over a mirror that does not answer,
 * so a pull alone does not show whether the mirror is there (three caches had no listener for months, incident 13).
 */
export function mirrorChecks({ files }: Pick<ManagedMachine, 'files'>): readonly Check[] {
  const hosts = files
    .filter(({ path }) => path.endsWith('/hosts.toml'))
    .flatMap(({ content }) => {
      const { server, host = {} } = parse(contentText(content, secretPlaceholder)) as HostsToml;
      return Object.entries(host).filter(([url]) => url !== server);
    });
  return [...new Map(hosts)].map(([url, { skip_verify: skipVerify, ca }]) => ({
    kind: 'answer',
    url: `${url}/v2/`,
    statuses: [200, 401],
    curlOptions: [
      ...(skipVerify === true ? ['--insecure'] : []),
      ...(ca === undefined ? [] : ['--cacert', ca]),
    ],
  }));
}
