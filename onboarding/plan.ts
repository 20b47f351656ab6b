import { claimsAhead, requiredClaims, type Claim } from '../estate/derived/claims';
import { factsHash } from '../estate/evidence';
import type { Step, Target } from '../steps/step';
import { unifiedDiff } from '../terminal/diff';
import { shellLine } from '../terminal/shell-words';
import { repositoryOf, type Observed, type ObserveProps } from './observe';

export type OnboardKind =
  'create' | 'push' | 'register' | 'allow-deployments' | 'secrets' | 'write-pipeline' | 'build' | 'evidence';

export interface OnboardStep extends Step {
  readonly kind: OnboardKind;
  /** What a plan shows below the title. */
  readonly details: string;
}

/** The claim of the project's dual push, where this phase or the next asks for it. */
export const claimOf = ({ estate, project }: Pick<ObserveProps, 'estate' | 'project'>): Claim | undefined =>
  [...requiredClaims(estate), ...claimsAhead(estate)].find(
    ({ name }) => name === `dual-push/${project.name}`,
  );

const ciOf = ({ estate }: ObserveProps): string => `https://${estate.woodpecker.host}`;

/** What is to be done, in an order in which a kill at any moment leaves only what the next plan finds. */
export function planOnboarding(props: ObserveProps, seen: Observed): Target<OnboardStep> {
  const { estate, project, files, source } = props;
  const { branch } = project;
  const where = repositoryOf(props).join('/');
  const ci = ciOf(props);
  const claim = claimOf(props);
  const needsEvidence =
    claim !== undefined &&
    !estate.evidence.some((each) => each.claim === claim.name && each.facts === factsHash(claim.facts));
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
export function faultsOf(props: ObserveProps, seen: Observed): readonly string[] {
  const { project, source } = props;
  const { branch, move } = project;
  const { readInstead, registration, repository, tip } = seen;
  const path = repositoryOf(props).join('/');
  const where = `forgejo repository "${path}"`;
  const isThere = move === 'already there';
  const isOther = repository !== undefined && repository.full_name.toLowerCase() !== path.toLowerCase();
  const isForeign = registration !== undefined && registration.forge_remote_id !== String(repository?.id);
  const faults: readonly (readonly [boolean, string])[] = [
    [
      isOther,
      `${where}: is another's old name, got "${repository?.full_name ?? ''}"; rename it back, or correct estate/projects.ts`,
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
      repository?.private === false && tip === undefined && !isThere,
      `${where}: would show its history to everybody, got a public one; make it private in its settings, or push there by hand`,
    ],
    [
      repository?.empty === false && tip === undefined && !isThere,
      `${where}: has another history, got commits and no branch "${branch}"; rename its branch, or remove what is there`,
    ],
    [
      isForeign,
      `woodpecker repository ${registration?.id ?? ''}: is of another repository of that name, got number ${registration?.forge_remote_id ?? ''} at the forge, which is not "${path}"; delete it at ${ciOf(props)}/repos/${registration?.id ?? ''}/settings`,
    ],
    [
      readInstead.length > 0,
      `${where}: Woodpecker reads no ${project.pipeline} beside these, got ${readInstead.join(', ')}; remove them from ${branch}`,
    ],
    [
      tip === undefined && isThere,
      `${where}: should be there, got ${repository === undefined ? 'none' : `no branch "${branch}"`}; correct "move" in estate/projects.ts`,
    ],
    [
      tip === undefined && !isThere && source === undefined,
      `${where}: has no history, got no --source; name a clone of ${move === 'push' ? 'the project' : 'the monorepo'}`,
    ],
    [
      tip !== undefined && !seen.hasSource,
      `${where}: ${branch} does not go on from the source, got ${tip ?? ''}; push what is missing by hand, or leave --source away`,
    ],
  ];
  return faults.flatMap(([is, fault]) => (is ? [fault] : []));
}

/** What a person does, whom no program can log in for; what can be seen of it is ticked. */
function byHand(props: ObserveProps, { registration, workflows }: Observed): readonly string[] {
  const { name, githubRepository } = props.project;
  const knownId = props.estate.woodpeckerRepositoryIds[name];
  const id = registration?.active === true ? registration.id : undefined;
  return [
    ...(id === undefined
      ? []
      : [
          knownId === id
            ? `[x] estate/woodpecker.ts has its number, ${id}`
            : `[ ] write ${name}: ${id} into woodpeckerRepositoryIds of estate/woodpecker.ts${knownId === undefined ? '' : `, and switch off the old one, ${ciOf(props)}/repos/${knownId}/settings`}`,
        ]),
    ...(githubRepository === undefined
      ? []
      : [
          ...workflows.map((file) => `[ ] gh workflow disable ${shellLine([file])} -R ${githubRepository}`),
          `[ ] gh repo archive ${githubRepository}`,
        ]),
  ];
}
