import type { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import type { KubernetesApi } from '../../clients/kubernetes/api';
import { imagesInUse } from '../../clients/kubernetes/images';
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
  { owner, keepNewestTags }: Pick<RetentionConfig, 'owner' | 'keepNewestTags'>,
  concurrency: number,
): Promise<readonly Package[]> {
  return withManifests(packages, keepNewestTags, concurrency, (name, tag) =>
    readManifest(client, `${owner}/${name}`, tag),
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
): Promise<readonly Protection[]> {
  const scope = { owner, registryHosts };
  const uses = cluster === undefined ? [] : await imagesInUse(cluster);
  return [
    ...uses.flatMap(({ image, by }) => protectionsOf(image, 'running', by, scope)),
    ...estateReferences.flatMap(({ reference, by }) => protectionsOf(reference, 'synthesized', by, scope)),
  ];
}

/** Tags of this registry that the cluster needs and that are not there: the next pull of each fails. */
export function missingTags(
  packages: readonly Package[],
  protections: readonly Protection[],
): readonly string[] {
  const present = new Set(packages.flatMap(({ name, tags }) => tags.map(({ tag }) => `${name}:${tag}`)));
  return [
    ...new Set(
      protections.flatMap(({ source, by, target }) =>
        source === 'running' && target.kind === 'tag' && !present.has(`${target.package}:${target.tag}`)
          ? [`${target.package}:${target.tag} is missing, and the cluster needs it: ${by}`]
          : [],
      ),
    ),
  ];
}
