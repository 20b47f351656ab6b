import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { pipelineTree } from '../../trees/pipeline';
import { registryStacksTree } from '../../trees/registry-stacks';
import { registryVmTree } from '../../trees/registry-vm';
import { secondEstate } from '../second-estate';
import { inPhase } from './estates';

export interface RenderedFile {
  /** In which repository or tree it lies, with its path there. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** Every different file that CI reads or runs, of both estates in every phase. */
export function renderedForCi(): readonly RenderedFile[] {
  const all = [estate, secondEstate].flatMap((subject) =>
    phases.flatMap((phase) => filesOf(inPhase<Estate>(subject, phase))),
  );
  return [...new Map(all.map((file) => [file.text, file])).values()];
}

function filesOf(subject: Estate): readonly RenderedFile[] {
  const { githubProjects, projects } = subject;
  const repositories = new Set([
    ...projects.map(({ name }) => name),
    ...githubProjects.map((row) => row.repository),
  ]);
  const trees = [
    ['infra', [...registryVmTree(subject), ...registryStacksTree(subject)]] as const,
    ...[...repositories].map((name) => [name, pipelineTree(subject, name) ?? []] as const),
  ];
  return trees.flatMap(([name, files]) =>
    files.map(({ path, text }) => ({ name: `${name} ${path} at ${subject.phase}`, path, text })),
  );
}

export const isWorkflow = ({ path }: RenderedFile): boolean => path.startsWith('.github/workflows/');
export const isWoodpecker = ({ path }: RenderedFile): boolean =>
  path === '.woodpecker.yml' || (path.startsWith('.woodpecker/') && path.endsWith('.yml'));
export const isScript = ({ path }: RenderedFile): boolean => path.endsWith('.sh');
