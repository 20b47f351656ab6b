import type { Rule } from './rule';

/** What must survive may not lie where something is deleted: break-glass lay in `data/private` in 2026-05. */
export const retainedPath: Rule = ({ registryVm, pullThroughCaches }) => {
  const { breakGlassFolder, deletedPaths, folder } = registryVm;
  const retained = [
    { where: 'estate.registryVm.breakGlassFolder', path: breakGlassFolder },
    ...pullThroughCaches.map(({ name }) => ({
      where: `estate.pullThroughCaches["${name}"]`,
      path: `${folder}/data/${name}`,
    })),
  ];
  return retained.flatMap(({ where, path }) =>
    deletedPaths
      .filter((deleted) => `${normal(path)}/`.startsWith(`${normal(deleted)}/`))
      .map(
        (deleted) => `${where}: lies inside "${deleted}", which is deleted, got "${path}"; move it out first`,
      ),
  );
};

function normal(path: string): string {
  return path.replace(/\/+/g, '/').replace(/\/$/, '');
}
