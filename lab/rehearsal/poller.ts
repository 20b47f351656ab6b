import { setTimeout as sleep } from 'node:timers/promises';
import { parseManifest } from '../../clients/oci/manifest';
import type { RegistryClient } from '../../clients/oci/client';
import type { ImageReference } from '../../estate/image-reference';

export interface PollerProps {
  /** What is pulled at this moment, and from where. */
  readonly references: () => readonly ImageReference[];
  readonly clientOf: (host: string) => RegistryClient;
}

export interface Poller {
  readonly pulls: () => number;
  readonly bytes: () => number;
  readonly failures: readonly string[];
  /** Ends it when every reference was pulled once more. */
  readonly stop: () => Promise<void>;
}

/** Pulls every image that is referred to, whole and over and over, as nodes would that have nothing. */
export function startPoller({ references, clientOf }: PollerProps): Poller {
  const failures: string[] = [];
  let [pulls, bytes, running] = [0, 0, true];
  const pull = async (client: RegistryClient, repository: string, reference: string): Promise<void> => {
    const { body, mediaType } = await client.getManifest(repository, reference);
    bytes += body.byteLength;
    const manifest = parseManifest(body, mediaType);
    if (manifest.kind === 'index')
      for (const { digest } of manifest.children) await pull(client, repository, digest);
    else
      for (const { digest } of [manifest.config, ...manifest.layers])
        bytes += (await client.getBlob(repository, digest)).byteLength;
  };
  const round = async (): Promise<void> => {
    const clients = new Map<string, RegistryClient>(); // each asks for its token once a round
    for (const { host, repository, tag = 'latest', digest } of references()) {
      const client = clients.get(host) ?? clientOf(host);
      clients.set(host, client);
      try {
        await pull(client, repository, digest ?? tag);
        pulls += 1;
      } catch (error) {
        failures.push(
          `${host}/${repository}:${tag}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  };
  const loop = (async () => {
    while (running) {
      await round();
      await sleep(1000);
    }
    await round();
  })();
  return {
    ...{ pulls: () => pulls, bytes: () => bytes, failures },
    stop: async () => {
      running = false;
      await loop;
    },
  };
}
