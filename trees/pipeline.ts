import type { Estate } from '../estate/estate';
import { githubBuildTree } from './github-builds';
import { projectBuildTree } from './project-builds';
import type { TreeFile } from './tree-file';

/**
 * What a project's repository holds for its build: of one that moves to Forgejo, the build there from the phase that pushes
 * to it, and until then what GitHub has, so that no commit is built twice under one tag. Undefined for no project.
 */
export function pipelineTree(estate: Estate, name: string): readonly TreeFile[] | undefined {
  const project = estate.projects.find((row) => row.name === name);
  const files = project === undefined ? [] : projectBuildTree(estate, project);
  const github = estate.githubProjects.find(({ repository }) => repository === name);
  if (files.length > 0 || github === undefined) return project === undefined ? undefined : files;
  return githubBuildTree(estate, github);
}
