import { sourceHost } from '../derived/registries';
import { isFullVersion } from '../image-reference';
import type { Rule } from './rule';

/**
 * A tag that does not name one build needs a dated exception: an updater may replace what it means (Forgejo went
 * from 11.0.14 to 1.18 on 2026-05-24), a pull-through cache may serve a stale one (2026-07-25), and two containers
 * of one pod may run different builds of it (2026-05-10).
 */
export const floatingTag: Rule = (estate) =>
  estate.images.flatMap((image) => {
    if (image.digest !== undefined || isFullVersion(image.tag) || image.floating !== undefined) return [];
    const cache = estate.pullThroughCaches.find(({ upstream }) => upstream === sourceHost(estate, image));
    const seenBy =
      image.tagOwner === 'updater'
        ? 'the updater that owns it may replace it'
        : cache === undefined
          ? 'two nodes may run different builds of it'
          : `the cache of "${cache.upstream}" may serve a stale one`;
    return [
      `estate.images["${image.name}"]: tag floats and ${seenBy}, got "${image.tag}"; pin a commit or full version, or state floating: { until, why }`,
    ];
  });
