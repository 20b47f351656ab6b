import { sourceHost } from '../derived/registries';
import type { Estate } from '../estate';
import type { Rule } from './rule';

/**
 * A tag that does not name one build needs a dated exception: an updater may replace what it means (Forgejo went
 * from 11.0.14 to 1.18 on 2026-05-24), a pull-through cache may serve a stale one (2026-07-25), and two containers
 * of one pod may run different builds of it (2026-05-10).
 */
export const floatingTag: Rule = (estate) => [
  ...estate.images.flatMap((image) => {
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
  }),
  ...ownImages(estate)
    .filter(({ reference }) => !reference.includes('@') && !isFullVersion(tagOf(reference)))
    .map(
      ({ where, reference }) =>
        `${where}: tag floats, so an updater may replace it, got "${reference}"; pin a full version such as "11.0.14"`,
    ),
];

/** The images of what this project itself runs: none of them has an exception. */
function ownImages({ forgejo, programs, registryVm }: Estate): { where: string; reference: string }[] {
  return [
    { where: 'estate.forgejo.image', reference: forgejo.image },
    { where: 'estate.programs.image', reference: programs.image },
    ...Object.entries(registryVm?.images ?? {}).map(([service, reference]) => ({
      where: `estate.registryVm.images.${service}`,
      reference,
    })),
  ];
}

/** A commit (7 to 40 hex digits) or a version of three numbers. */
function isFullVersion(tag: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(tag) || /^v?\d+\.\d+\.\d+([-+].+)?$/.test(tag);
}

function tagOf(reference: string): string {
  return /:([^:/@]+)(?:@|$)/.exec(reference)?.[1] ?? '';
}
