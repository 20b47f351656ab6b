import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findTool } from './find-tool';
import { accepts, answers } from './http-ready';
import type { LabContext } from './lab-context';
import { freePort } from './ports';

export interface LegacyRegistryProps {
  /** Whether tags and manifests may be deleted (`storage.delete.enabled`). @default true */
  readonly deleteEnabled?: boolean;
  /** The name that clients verify its certificate by; without one it speaks plain HTTP. @default none */
  readonly tlsName?: string;
}

/** A `registry:2` that asks for no login. */
export interface LegacyRegistry {
  /** Its own loopback address: scheme, `127.0.0.1` and port. */
  readonly url: string;
  /** The host and port, as they stand in an image reference. */
  readonly host: string;
  /** The filesystem driver's root directory, for damage on purpose. */
  readonly storage: string;
  readonly version: string;
  stop(): Promise<void>;
}

export async function startLegacyRegistry(
  lab: LabContext,
  { deleteEnabled = true, tlsName }: LegacyRegistryProps = {},
): Promise<LegacyRegistry> {
  const tool = await findTool('docker-registry', lab.progress);
  const folder = lab.serverFolder('legacy-registry');
  const storage = join(folder, 'storage');
  const host = `127.0.0.1:${await freePort()}`;
  const certificate =
    tlsName === undefined
      ? undefined
      : await lab.authority.issue({ name: 'legacy-registry', hosts: [tlsName, '127.0.0.1'] });
  const url = `${certificate === undefined ? 'http' : 'https'}://${host}`;
  const configuration = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: deleteEnabled } },
    http: {
      addr: host,
      ...(certificate === undefined
        ? {}
        : { tls: { certificate: certificate.certFile, key: certificate.keyFile } }),
    },
  };
  const configurationFile = join(folder, 'config.yml');
  writeFileSync(configurationFile, stringify(configuration));
  const server = await lab.start({
    name: 'legacy-registry',
    version: tool.version,
    address: url,
    command: tool.path,
    args: ['serve', configurationFile],
    ready: () => (certificate === undefined ? answers(`${url}/v2/`) : accepts(host)),
  });
  return { url, host, storage, version: tool.version, stop: () => server.stop() };
}
