import type { Rule } from './rule';

/**
 * One tag, one owner: where Terraform pins a tag that somebody else's writes are ignored for, the pin is not
 * enforced (Forgejo since 2026-05-28), and a flip of an ignored field does nothing (2026-06-12, -13, -16).
 */
export const tagOwner: Rule = (estate) =>
  estate.apps.flatMap((app) =>
    app.pulls.flatMap((pull) => {
      const image = estate.images.find(({ name }) => name === pull.image);
      if (image === undefined) return [];
      return pull.workloads
        .filter(({ imageSetBy }) => imageSetBy !== image.tagOwner)
        .map(
          ({ kind, name, imageSetBy }) =>
            `estate.apps["${app.stack}"]: ${kind}/${name} has its image set by another than "${image.tagOwner}", which owns the tag of "${image.name}", got "${imageSetBy}"; choose one owner`,
        );
    }),
  );
