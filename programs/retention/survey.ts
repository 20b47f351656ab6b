import type { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import type { KubernetesApi } from '../../clients/kubernetes/api';
import { imagesInUse, type ClusterImages } from '../../clients/kubernetes/images';
import type { RegistryClient } from '../../clients/oci/client';
import { CANARY_PACKAGE } from './canary';
import type { RetentionConfig } from './config';
import type { Package, TagVersion } from './package';
import { packagesOf, readManifest, withManifests } from './packages';
import type { Protection } from './protection';
import { protectionsOf } from './references';

/** Everything that is there, before the manifests are read. */
export interface Inventory {
  readonly packages: readonly Package[];
  /** Tags of the canary's own package: this run's, another's, or abandoned ones. */
  readonly canaries: readonly TagVersion[];
}

export async function takeInventory(api: ForgejoApi): Promise<Inventory> {
  const packages = packagesOf(await listVersions(api));
  return {
    packages: packages.filter(({ name }) => name !== CANARY_PACKAGE),
    canaries: packages.find(({ name }) => name === CANARY_PACKAGE)?.tags ?? [],
  };
}

export function readManifests(
  client: RegistryClient,
  packages: readonly Package[],
  { owner }: Pick<RetentionConfig, 'owner'>,
  concurrency: number,
): Promise<readonly Package[]> {
  return withManifests(packages, concurrency, (name, reference) =>
    readManifest(client, `${owner}/${name}`, reference),
  );
}

/** What the cluster needs, if one is asked, and what the estate names. */
export async function findProtections(
  cluster: KubernetesApi | undefined,
  {
    owner,
    registryHosts,
    estateReferences,
  }: Pick<RetentionConfig, 'owner' | 'registryHosts' | 'estateReferences'>,
): Promise<{ readonly protections: readonly Protection[]; readonly cluster: ClusterImages | undefined }> {
  const scope = { owner, registryHosts };
  const seen = cluster === undefined ? undefined : await imagesInUse(cluster);
  return {
    cluster: seen,
    protections: [
      ...(seen?.uses ?? []).flatMap(({ image, by, told }) =>
        protectionsOf(image, told ? 'running' : 'observed', by, scope),
      ),
      ...estateReferences.flatMap((reference) => protectionsOf(reference, 'synthesized', reference, scope)),
    ],
  };
}
