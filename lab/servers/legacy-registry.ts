import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { withoutOverride } from '../process/without-override';
import { existing, notHeld, processNotHeld } from './existing';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

export interface LegacyRegistryProps {
  /** Keeps what it knows of blobs in memory, as its image's own configuration has it. @default false */
  readonly cached?: boolean;
  /** The text of an htpasswd file, whose logins it asks for then. @default no login */
  readonly htpasswd?: string;
}

/** A `registry:2` as the estate's registry VM runs it, over plain HTTP. */
export interface LegacyRegistry extends Pick<LoopbackServer, 'url' | 'host' | 'stop'> {
  /** The filesystem driver's root directory, for damage on purpose. */
  readonly storage: string;
  /** Starts it again at the same address with the same data. */
  start(): Promise<void>;
}

/** Starts a registry, or takes the one that LAB_EXISTING names, whose own settings then hold. */
export async function startLegacyRegistry(
  lab: LabContext,
  { cached = false, htpasswd }: LegacyRegistryProps = {},
): Promise<LegacyRegistry> {
  const at = existing('legacy-registry');
  if (at !== undefined) return existingRegistry(new URL(at.LEGACY_REGISTRY_URL));
  const storage = join(lab.serverFolder('legacy-registry'), 'storage');
  const start = (at: { readonly host?: string } = {}): Promise<LoopbackServer> =>
    startLoopbackServer(lab, 'legacy-registry', {
      ...at,
      within: withoutOverride(),
      files: (host) => ({
        'config.yml': stringify({
          version: '0.1',
          log: { level: 'info' },
          storage: {
            filesystem: { rootdirectory: storage },
            delete: { enabled: true },
            ...(cached ? { cache: { blobdescriptor: 'inmemory' } } : {}),
          },
          http: { addr: host },
          ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'registry', path: 'htpasswd' } } }),
        }),
        ...(htpasswd === undefined ? {} : { htpasswd }),
      }),
    });
  let server = await start();
  const { url, host } = server;
  return {
    ...{ url, host, storage },
    stop: () => server.stop(),
    start: async () => {
      server = await start({ host });
    },
  };
}

async function existingRegistry({ origin: url, host }: URL): Promise<LegacyRegistry> {
  if (!(await answers(`${url}/v2/`)))
    throw new Error(`legacy-registry: ${url}/v2/ fails; correct LEGACY_REGISTRY_URL`);
  return {
    ...{ url, host },
    get storage() {
      return notHeld('legacy-registry', 'its files');
    },
    stop: processNotHeld('legacy-registry'),
    start: processNotHeld('legacy-registry'),
  };
}
