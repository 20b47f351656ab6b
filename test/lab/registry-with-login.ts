import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findTool } from '../../lab/programs/find-tool';
import type { LabContext } from '../../lab/process/lab-context';
import type { ServerProcess } from '../../lab/process/server-process';

/** The one account of {@link startRegistryWithLogin}. */
export const registryLogin = { username: 'registry_user', password: 'lab' };

/** `registryLogin` as htpasswd(1) writes it with bcrypt. */
const htpasswd = 'registry_user:$2y$05$abcdefghijklmnopqrstuup1vlAAUDMpgzvqmIu/m0vJZ3muqfVsK\n';

export interface RegistryWithLoginProps {
  /** `host:port` on loopback. */
  readonly address: string;
  /** The folder of another registry, whose content it serves too. */
  readonly storage: string;
  /** What its certificate is for. */
  readonly names: readonly string[];
}

/** Starts a `registry:2` as the VM has its legacy one: TLS, and a login by password. */
export async function startRegistryWithLogin(
  lab: LabContext,
  { address, storage, names }: RegistryWithLoginProps,
): Promise<ServerProcess> {
  const name = 'registry-with-login';
  const { certFile, keyFile } = await lab.authority.issue({ name, hosts: names });
  const { path: command } = await findTool('docker-registry');
  const folder = lab.serverFolder(name);
  const passwords = join(folder, 'htpasswd');
  writeFileSync(passwords, htpasswd);
  const configuration = join(folder, 'config.yml');
  writeFileSync(
    configuration,
    stringify({
      version: '0.1',
      storage: { filesystem: { rootdirectory: storage } },
      auth: { htpasswd: { realm: 'Registry Realm', path: passwords } },
      http: { addr: address, tls: { certificate: certFile, key: keyFile } },
    }),
  );
  return lab.start({
    ...{ name, command, args: ['serve', configuration] },
    ready: () =>
      Promise.resolve(readFileSync(join(lab.folder, `${name}.log`), 'utf8').includes('listening on')),
  });
}
