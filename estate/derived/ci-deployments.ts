import type { Estate } from '../estate';
import type { CiDeployment, GithubProject } from '../projects';
import { imageAt } from './references';

/** A Deployment with the image that CI gives its containers, without the tag. */
export interface CiSet extends CiDeployment {
  readonly image: string;
}

/** What CI sets of what a project builds, and nothing else of it; empty where its owner deploys. */
export function ciDeployments(
  estate: Estate,
  project: Pick<GithubProject, 'image' | 'deploys'>,
): readonly CiSet[] {
  const row = estate.images.find(({ name }) => name === project.image);
  if (row === undefined)
    return (project.deploys ?? []).map((each) => ({ ...each, image: `docker.io/${project.image}` }));
  return estate.apps.flatMap((app) =>
    app.pulls
      .filter(({ image }) => image === row.name)
      .flatMap(({ workloads }) => workloads)
      .filter(({ imageSetBy }) => imageSetBy === 'ci')
      .map(({ namespace = app.stack, name, initContainers = [], containers }) => {
        const { host, repository } = imageAt(estate, row, app.cutOver ? 'forgejo' : 'source');
        return {
          namespace,
          name,
          containers: [...initContainers, ...containers],
          image: `${host}/${repository}`,
        };
      }),
  );
}
