import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { presentLegacy } from '../estate/derived/legacy-registry';
import { imageAt } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import type { Project } from '../estate/projects';
import { projectBuild, type BuildTarget } from '../pipelines/project-build';
import { deployProps } from './deploy-props';
import type { TreeFile } from './tree-file';

/** What a project's repository holds for its build in the estate's phase; nothing before it has a registry to push to. */
export function projectBuildTree(estate: Estate, project: Project): readonly TreeFile[] {
  const targets = targetsOf(estate, project);
  if (targets.length === 0) return [];
  const deploys = deployProps(estate, { image: project.name }, [project.branch]);
  return projectBuild({
    ...{ ...project, path: project.pipeline, images: estate.woodpecker.images, targets },
    pushgateway: pushgatewayUrl(estate),
    ...(deploys === undefined ? {} : { deploys }),
  });
}

/** The legacy registry while it is there, and Forgejo from the phase that pushes to both. */
function targetsOf(estate: Estate, { name }: Project): BuildTarget[] {
  const image = estate.images.find((row) => row.name === name);
  if (image === undefined) throw new Error(`estate.images: has no "${name}"; add its row`);
  const legacy = image.source.registry === 'legacy' ? presentLegacy(estate) : undefined;
  const { push } = estate.tokens;
  return [
    ...(legacy === undefined
      ? []
      : [
          {
            ...imageAt(estate, image, 'source'),
            username: legacy.credential.user,
            password: legacy.credential.password,
          },
        ]),
    ...(isAtLeast(estate.phase, 'dual-push')
      ? [{ ...imageAt(estate, image, 'forgejo'), username: push.owner, password: push.vault }]
      : []),
  ];
}
