import type { Project } from '../estate/projects';
import type { Step, Target } from '../steps/step';
import { unifiedDiff } from '../terminal/diff';
import { shellLine } from '../terminal/shell-words';
import type { TreeFile } from '../trees/tree-file';
import type { Observed } from './observe';

export type OnboardKind =
  'create' | 'push' | 'register' | 'allow-deployments' | 'secrets' | 'write-pipeline' | 'build' | 'evidence';

export interface OnboardStep extends Step {
  readonly kind: OnboardKind;
  /** What a plan shows below the title. */
  readonly details: string;
}

export interface PlanProps {
  readonly project: Project;
  readonly owner: string;
  readonly branch: string;
  readonly files: readonly TreeFile[];
  /** The commit whose history is pushed. @default nobody named a source */
  readonly source: string | undefined;
  readonly ci: string;
  /** Woodpecker's number of the project in the estate. @default none */
  readonly knownId: number | undefined;
  /** Whether there is a claim that this phase or the next asks for, and it has no evidence yet. */
  readonly needsEvidence: boolean;
}

/** What is to be done, in an order in which a kill at any moment leaves only what the next plan finds. */
export function planOnboarding(props: PlanProps, seen: Observed): Target<OnboardStep> {
  const { project, owner, branch, files, ci, source, needsEvidence } = props;
  const where = `${owner}/${project.name}`;
  const changed = files.filter(({ path, text }) => seen.files.get(path)?.text !== text);
  const built = changed.length === 0 && seen.builds.some(({ status }) => status === 'success');
  const is = (kind: OnboardKind, title: string, advice: string, details = ''): OnboardStep => ({
    ...{ kind, title, advice, details },
  });
  const step: readonly (readonly [boolean, OnboardStep])[] = [
    [seen.repository === undefined, is('create', `create the private repository ${where}`, 'run it again')],
    [
      seen.tip === undefined,
      is('push', `push the history to ${branch}`, 'run it again', `commit ${source ?? ''}`),
    ],
    [
      seen.registration?.active !== true,
      is(
        'register',
        'register it with Woodpecker',
        `log in to ${ci} once as somebody who administers ${where}`,
      ),
    ],
    [
      seen.registration?.allow_deploy !== true,
      is('allow-deployments', 'allow deployments', `log in to ${ci} as somebody who administers ${where}`),
    ],
    [
      seen.missingSecrets.length > 0,
      is(
        'secrets',
        `see that Woodpecker has ${seen.missingSecrets.join(', ')}`,
        'write them into Vault where the sync of CI secrets reads, without a filter of images and for its events, and run it again',
      ),
    ],
    // After the registration, whose webhook makes the push a build; after the secrets, without which it fails (2026-06-10).
    [
      changed.length > 0,
      is(
        'write-pipeline',
        `commit ${changed.map(({ path }) => path).join(' and ')} to ${branch}`,
        'somebody changed them meanwhile, or the branch is protected; run it again',
        changed
          .map(({ path, text }) =>
            unifiedDiff({ name: path, text: seen.files.get(path)?.text }, { name: path, text }),
          )
          .join('\n'),
      ),
    ],
    [!built, is('build', 'see its build through', `look at it on ${ci}, and run it again`)],
    [
      needsEvidence,
      is('evidence', 'see the build on both registries, and write that down', 'run it again after a build'),
    ],
  ];
  const steps = step.flatMap(([needed, each]) => (needed ? [each] : []));
  return { name: project.name, steps, notes: byHand(props, seen) };
}

/** Why nothing may be begun. */
export function faultsOf(
  { project, owner, branch, ci, source }: PlanProps,
  seen: Observed,
): readonly string[] {
  const { readInstead, registration, repository, tip } = seen;
  const where = `forgejo repository "${owner}/${project.name}"`;
  const isOther =
    repository !== undefined &&
    repository.full_name.toLowerCase() !== `${owner}/${project.name}`.toLowerCase();
  const rows: readonly (readonly [boolean, string])[] = [
    [
      isOther,
      `${where}: is another's old name, got "${repository?.full_name}"; rename it back, or correct estate/projects.ts`,
    ],
    [
      repository?.archived === true,
      `${where}: takes no push, got an archived one; unarchive it in its settings`,
    ],
    [
      repository?.mirror === true,
      `${where}: takes no push, got a mirror; turn it into an ordinary one in its settings`,
    ],
    [
      repository?.empty === false && tip === undefined && project.move !== 'already there',
      `${where}: has another history, got commits and no branch "${branch}"; rename its branch, or remove what is there`,
    ],
    [
      registration !== undefined && registration.forge_remote_id !== String(repository?.id),
      `woodpecker repository ${registration?.id}: is of another repository of that name, got number ${registration?.forge_remote_id} at the forge, which is not "${owner}/${project.name}"; delete it at ${ci}/repos/${registration?.id}/settings`,
    ],
    [
      readInstead.length > 0,
      `${where}: Woodpecker reads no ${project.pipeline} beside these, got ${readInstead.join(', ')}; remove them from ${branch}`,
    ],
    [
      tip === undefined && project.move === 'already there',
      `${where}: should be there, got ${repository === undefined ? 'none' : `no branch "${branch}"`}; correct "move" in estate/projects.ts`,
    ],
    [
      tip === undefined && project.move !== 'already there' && source === undefined,
      `${where}: has no history, got no --source; name a clone of ${project.move === 'push' ? 'the project' : 'the monorepo'}`,
    ],
    [
      tip !== undefined && !seen.hasSource,
      `${where}: ${branch} does not go on from the source, got ${tip}; push what is missing by hand, or leave --source away`,
    ],
  ];
  return rows.flatMap(([isSo, fault]) => (isSo ? [fault] : []));
}

/** What a person does, whom no program can log in for; what can be seen of it is ticked. */
function byHand(
  { project, knownId, ci }: PlanProps,
  { registration, workflows }: Observed,
): readonly string[] {
  const { githubRepository } = project;
  const id = registration?.active === true ? registration.id : undefined;
  return [
    ...(id === undefined
      ? []
      : [
          knownId === id
            ? `[x] estate/woodpecker.ts has its number, ${id}`
            : `[ ] write ${project.name}: ${id} into woodpeckerRepositoryIds of estate/woodpecker.ts${knownId === undefined ? '' : `, and switch off the old one, ${ci}/repos/${knownId}/settings`}`,
        ]),
    ...(githubRepository === undefined
      ? []
      : [
          ...workflows.map((file) => `[ ] gh workflow disable ${shellLine([file])} -R ${githubRepository}`),
          `[ ] gh repo archive ${githubRepository}`,
        ]),
  ];
}
