import { imageAt } from '../derived/references';
import { asksForLogin } from '../derived/registries';
import type { Rule } from './rule';

/**
 * A container that pulls from a private registry needs the pull Secret in its pod spec. Without it an image runs
 * from a node's cache for months and is gone at the next reschedule (incident 2026-05-18).
 */
export const pullSecret: Rule = (estate) =>
  estate.apps.flatMap((app) =>
    app.pulls.flatMap((pull) => {
      const image = estate.images.find(({ name }) => name === pull.image);
      if (image === undefined) return [];
      const { host } = imageAt(estate, image, app.cutOver ? 'forgejo' : 'source');
      if (!asksForLogin(estate, host)) return [];
      return pull.workloads
        .filter(({ hasPullSecret }) => !hasPullSecret)
        .map(
          ({ kind, name }) =>
            `estate.apps["${app.stack}"]: ${kind}/${name} pulls from the private "${host}" without the pull secret, got hasPullSecret "false"; add image_pull_secrets { name = "${estate.pullSecret.name}" } to its pod spec and record it here`,
        );
    }),
  );
