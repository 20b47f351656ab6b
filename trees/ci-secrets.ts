import { parse } from 'yaml';
import type { Estate } from '../estate/estate';
import { pipelineSecrets, type WoodpeckerPipeline } from '../pipelines/woodpecker-pipeline';
import { projectBuildTree } from './project-builds';
import { registryStacksTree } from './registry-stacks';
import { registryVmTree } from './registry-vm';
import type { TreeFile } from './tree-file';

/** A secret that pipelines are given by its name at the server. */
export interface NeededSecret {
  readonly name: string;
  /** Paths of the pipelines. */
  readonly by: readonly string[];
  readonly events: readonly string[];
}

/** What the tree's pipelines and the builds that push to Forgejo need of the server; what GitHub's need, `./registry pipeline` names. */
export function neededSecrets(estate: Estate): readonly NeededSecret[] {
  const builds = estate.projects.flatMap((project) =>
    projectBuildTree(estate, project).map(({ path, text }) => ({ path: `${project.name} ${path}`, text })),
  );
  return secretsIn([...registryVmTree(estate), ...registryStacksTree(estate), ...builds]);
}

/** Names of the secrets that the workflows among these files need of GitHub, which makes `GITHUB_TOKEN` itself. */
export function githubSecretsIn(files: readonly TreeFile[]): readonly string[] {
  const workflows = files.filter(({ path }) => path.startsWith('.github/workflows/'));
  const names = workflows.flatMap(({ text }) =>
    [...text.matchAll(/secrets\.(\w+)/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)].filter((name) => name !== 'GITHUB_TOKEN').sort();
}

/** What the Woodpecker pipelines among these files need. */
export function secretsIn(files: readonly TreeFile[]): readonly NeededSecret[] {
  const found = new Map<string, { by: Set<string>; events: Set<string> }>();
  for (const { path, text } of files.filter((file) => /\.woodpecker(\/.*)?\.yml$/.test(file.path))) {
    const pipeline = parse(text) as WoodpeckerPipeline;
    for (const name of pipelineSecrets(pipeline)) {
      const row = found.get(name) ?? { by: new Set(), events: new Set() };
      row.by.add(path);
      for (const { event } of pipeline.when) row.events.add(event);
      found.set(name, row);
    }
  }
  return [...found]
    .map(([name, { by, events }]) => ({ name, by: [...by].sort(), events: [...events].sort() }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
