import type { KubernetesApi } from '../../clients/kubernetes/api';
import { imagesInUse, type ClusterImages, type ImageUse } from '../../clients/kubernetes/images';
import { passingPackages } from '../../clients/forgejo/passing-packages';
import { listVersions } from '../../clients/forgejo/versions';
import type { RetentionConfig } from './config';
import { foreignRows } from './foreign-rows';
import type { Forge } from './forge';
import { missingReferences, type Missing } from './missing';
import type { Package, TagVersion } from './package';
import { packagesOf, readManifest, withManifests } from './packages';
import { plan, type Plan } from './plan';
import type { Protection } from './protection';
import { protectionsOf } from './references';

export interface Decision {
  /** Every package of the owner, with the manifests that the plan depends on. */
  readonly packages: readonly Package[];
  /** Tags of the canary's own package, which is not among them: this run's, another's, or abandoned ones. */
  readonly canaries: readonly TagVersion[];
  /** Undefined when no cluster was asked. */
  readonly cluster: ClusterImages | undefined;
  readonly missing: readonly Missing[];
  readonly plan: Plan;
  /** The plan by what a later reading of the cluster needs too. */
  readonly planWith: (later: ClusterImages) => Plan;
  /** What is not known, of other owners and of what is needed: one sentence each. */
  readonly unknown: readonly string[];
}

/**
 * What retention makes of everything that is there: of the owner's packages, of what the cluster runs and the estate names,
 * and of other owners' rows of the same content. The job carries it out and the preview shows it. It only reads.
 *
 * @param cluster undefined asks none, and protects nothing that it runs
 */
export async function decide(
  forge: Forge,
  cluster: KubernetesApi | undefined,
  config: RetentionConfig,
  nowMs: number,
): Promise<Decision> {
  const listed = packagesOf(await listVersions(forge.api));
  const packages = await withManifests(
    listed.filter(({ name }) => name !== passingPackages.retention),
    forge.concurrency,
    (name, reference) => readManifest(forge.client, `${forge.owner}/${name}`, reference),
  );
  const { unclaimed, unknown } = await foreignRows(forge, packages);
  // Last, so that what was rolled out while the registry was read is known.
  const seen = cluster === undefined ? undefined : await imagesInUse(cluster, forge.owner);
  const protections = protectionsFrom(seen?.uses ?? [], config);
  const planBy = (needed: readonly Protection[]): Plan =>
    plan({ packages, protections: needed, policy: config, nowMs, unclaimedElsewhere: unclaimed });
  return {
    ...{ packages, cluster: seen, missing: missingReferences(packages, protections) },
    unknown: [...unknown, ...notUnderstood(protections)],
    canaries: listed.find(({ name }) => name === passingPackages.retention)?.tags ?? [],
    plan: planBy(protections),
    planWith: ({ uses }) => planBy([...protections, ...protectionsFrom(uses, config)]),
  };
}

function protectionsFrom(
  uses: readonly ImageUse[],
  { owner, registryHosts, forgeUrl, estateReferences }: RetentionConfig,
): readonly Protection[] {
  const scope = { owner, registryHosts: [...registryHosts, new URL(forgeUrl).host] };
  return [
    ...uses.flatMap(({ image, by, told }) => protectionsOf(image, told ? 'running' : 'observed', by, scope)),
    ...estateReferences.flatMap((reference) => protectionsOf(reference, 'synthesized', reference, scope)),
  ];
}

function notUnderstood(protections: readonly Protection[]): readonly string[] {
  return protections.flatMap(({ by, target }) =>
    target.kind === 'unparsable'
      ? [`no rule understands what ${by} names, got "${target.text}"; what it may mean stays, so correct it`]
      : [],
  );
}
