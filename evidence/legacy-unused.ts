import { isNotFound } from '../clients/http/errors';
import type { KubernetesApi } from '../clients/kubernetes/api';
import { IMAGE_SOURCES, imagesInUse } from '../clients/kubernetes/images';
import type { Estate } from '../estate/estate';
import { unescaped } from '../scan/decoded';
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

/** What runs from it, can be rolled back to it, or is told of it: operators and builders are by arguments and variables. */
export async function lookAtCluster(estate: Estate, kubernetes: KubernetesApi): Promise<readonly Look[]> {
  const { uses, objects, pods } = await imagesInUse(kubernetes);
  const { found } = await whatNamesLegacy(estate, kubernetes, IMAGE_SOURCES);
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
      holds: found.length === 0,
      saw: found.join(', ') || `${uses.length} images`,
    },
  ];
}

/**
 * The objects of some kinds that name it anywhere, and how many there are. Not in a status: of an image that came from both
 * sides a node reports whichever name it likes.
 */
export async function whatNamesLegacy(
  estate: Estate,
  kubernetes: KubernetesApi,
  kinds: readonly { readonly kind: string; readonly path: string }[],
): Promise<{ readonly found: readonly string[]; readonly objects: number }> {
  const { find } = referenceFinder(legacyOf(estate));
  const found: string[] = [];
  let objects = 0;
  for (const { kind, path } of kinds)
    await kubernetes
      .list(path, ({ metadata: { name, namespace = '' }, status: _, ...rest }) => {
        objects += 1;
        const text = JSON.stringify(rest);
        for (const { reference } of find(unescaped(text) ?? text))
          found.push(`${kind} ${namespace}/${name}: ${reference}`);
      })
      .catch((error: unknown) => {
        // A cluster need not know this kind.
        if (!isNotFound(error) || kind !== 'IngressRoute') throw error;
      });
  return { found: [...new Set(found)], objects };
}

const legacyOf = (estate: Estate): Retired => ({ ...retiredOf(estate), hubNames: [] });
