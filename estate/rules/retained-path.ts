import { breakGlassFolder, dataFolder, deletedFolders } from '../derived/registry-vm-paths';
import { hasRegistryVm } from '../estate';
import type { Rule } from './rule';

/** What must survive may not lie where something is deleted: break-glass lay in `data/private` in 2026-05. */
export const retainedPath: Rule = (estate) => {
  if (!hasRegistryVm(estate)) return [];
  const retained = [
    { where: 'estate.registryVm.breakGlass.folder', path: breakGlassFolder(estate) },
    ...estate.pullThroughCaches.map(({ name }) => ({
      where: `estate.pullThroughCaches["${name}"]`,
      path: dataFolder(estate, name),
    })),
  ];
  return retained.flatMap(({ where, path }) =>
    deletedFolders(estate)
      .filter((deleted) => `${path}/`.startsWith(`${deleted}/`))
      .map(
        (deleted) => `${where}: lies inside "${deleted}", which is deleted, got "${path}"; move it out first`,
      ),
  );
};
