import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { existing, notLent, type Whereabouts } from './existing';
import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

export interface LegacyRegistryProps {
  /** Whether tags and manifests may be deleted (`storage.delete.enabled`). @default true */
  readonly deleteEnabled?: boolean;
  /** The text of an htpasswd file, whose logins it asks for then. @default no login */
  readonly htpasswd?: string;
}

/** A `registry:2` as the estate's registry VM runs it, over plain HTTP. */
export interface LegacyRegistry {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The host and port, as they stand in an image reference. */
  readonly host: string;
  /** The filesystem driver's root directory, for damage on purpose. */
  readonly storage: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Starts a registry, or takes the one that LAB_EXISTING names, whose own settings then hold. */
export async function startLegacyRegistry(
  lab: LabContext,
  { deleteEnabled = true, htpasswd }: LegacyRegistryProps = {},
): Promise<LegacyRegistry> {
  const elsewhere = existing('legacy-registry');
  if (elsewhere !== undefined) return reuseLegacyRegistry(lab, elsewhere);
  const tool = await findTool('docker-registry', lab.progress);
  const folder = lab.serverFolder('legacy-registry');
  const storage = join(folder, 'storage');
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}`;
  const htpasswdFile = join(folder, 'htpasswd');
  if (htpasswd !== undefined) writeFileSync(htpasswdFile, htpasswd);
  const configuration = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: deleteEnabled } },
    http: { addr: host },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'registry', path: htpasswdFile } } }),
  };
  const configurationFile = join(folder, 'config.yml');
  writeFileSync(configurationFile, stringify(configuration));
  const server = await lab.start({
    name: 'legacy-registry',
    version: tool.version,
    address: url,
    whereabouts: { LEGACY_REGISTRY_URL: url },
    command: tool.path,
    args: ['serve', configurationFile],
    ready: () => answers(`${url}/v2/`),
  });
  return { url, host, storage, version: tool.version, stop: () => server.stop() };
}

async function reuseLegacyRegistry(
  lab: LabContext,
  { LEGACY_REGISTRY_URL }: Whereabouts<'legacy-registry'>,
): Promise<LegacyRegistry> {
  const { origin: url, host } = new URL(LEGACY_REGISTRY_URL);
  if (!(await answers(`${url}/v2/`)))
    throw new Error(`legacy-registry: ${url}/v2/ fails; correct LEGACY_REGISTRY_URL`);
  const version = 'unknown'; // the distribution API does not tell it
  lab.show({ name: 'legacy-registry', version, address: url });
  return {
    ...{ url, host, version },
    get storage() {
      return notLent('legacy-registry', 'its files');
    },
    stop: () => Promise.resolve().then(() => notLent('legacy-registry', 'its process')),
  };
}
