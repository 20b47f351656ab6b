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
  return unique(names.filter((name) => name !== 'GITHUB_TOKEN'));
}

/** What the Woodpecker pipelines among these files need. */
export function secretsIn(files: readonly TreeFile[]): readonly NeededSecret[] {
  const rows = files
    .filter(({ path }) => /\.woodpecker(\/.*)?\.yml$/.test(path))
    .flatMap(({ path, text }) => {
      const pipeline = parse(text) as WoodpeckerPipeline;
      return pipelineSecrets(pipeline).map((name) => ({ name, path, when: pipeline.when }));
    });
  return unique(rows.map(({ name }) => name)).map((name) => {
    const own = rows.filter((row) => row.name === name);
    const events = own.flatMap(({ when }) => when.map(({ event }) => event));
    return { name, by: unique(own.map(({ path }) => path)), events: unique(events) };
  });
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
