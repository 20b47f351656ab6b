import type { Rule } from './rule';

/** A folder that must survive may not lie where something is deleted: break-glass lay in `data/private` in 2026-05. */
export const retainedPath: Rule = ({ registryVm }) =>
  registryVm.retainedPaths.flatMap((retained) =>
    registryVm.deletedPaths
      .filter((deleted) => `${normal(retained)}/`.startsWith(`${normal(deleted)}/`))
      .map(
        (deleted) =>
          `estate.registryVm.retainedPaths: lies inside "${deleted}", which is deleted, got "${retained}"; move it out first`,
      ),
  );

function normal(path: string): string {
  return path.replace(/\/+/g, '/').replace(/\/$/, '');
}
