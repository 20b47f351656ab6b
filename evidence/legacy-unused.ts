import { imagesInUse } from '../clients/kubernetes/images';
import type { KubernetesApi } from '../clients/kubernetes/api';
import type { Estate } from '../estate/estate';
import { referenceFinder } from '../scan/find-references';
import { retiredOf, type Retired } from '../scan/retired';
import { scanTree } from '../scan/scan-tree';
import type { Look, Measured } from './measured';

/**
 * The cluster names nothing of the legacy registry, in any object that runs or can be rolled back to; nor does the tree, once
 * what the estate itself removes is gone from it.
 */
export async function measureLegacyUnused(
  estate: Estate,
  kubernetes: KubernetesApi,
  tree: string,
  removal: ReadonlyMap<string, string | undefined> = new Map(),
): Promise<Measured> {
  const { references, files, unread } = scanTree(tree, legacyOf(estate), removal);
  const live = references.filter(({ use }) => use === 'live');
  const looks: Look[] = [
    ...(await lookAtCluster(estate, kubernetes)),
    {
      what: 'no file refers to it',
      holds: live.length === 0 && unread.length === 0 && files > 0,
      saw: [
        `${files} files`,
        ...live.map(({ path, line, reference }) => `${path}:${line}: ${reference}`),
        ...unread.map(({ path, why }) => `${path} could not be read: ${why}`),
      ].join(', '),
    },
  ];
  return { source: `the Kubernetes API and ${tree}`, looks };
}

/** What runs from it, or can be rolled back to it. */
export async function lookAtCluster(estate: Estate, kubernetes: KubernetesApi): Promise<readonly Look[]> {
  const { find } = referenceFinder(legacyOf(estate));
  const { uses, objects, pods } = await imagesInUse(kubernetes);
  const named = uses.filter(({ image }) => find(image).length > 0);
  // Another cluster is clean too.
  const { host } = estate.forgejo;
  const isOurs = estate.apps.length === 0 || uses.some(({ image }) => image.startsWith(`${host}/`));
  return [
    {
      what: 'the cluster answers',
      holds: pods.size > 0 && isOurs,
      saw: `${objects} objects, ${pods.size} of them pods${isOurs ? '' : `, and nothing of ${host}`}`,
    },
    {
      what: 'no workload refers to it',
      holds: named.length === 0,
      saw:
        named.length === 0
          ? `${uses.length} images`
          : named.map(({ image, by }) => `${by}: ${image}`).join(', '),
    },
  ];
}

const legacyOf = (estate: Estate): Retired => ({ ...retiredOf(estate), hubNames: [] });
