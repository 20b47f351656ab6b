import type { ForgejoAdministration } from '../clients/forgejo/administration';
import {
  findRepository,
  listFolderAt,
  readFileAt,
  tipOf,
  type BranchFile,
  type Repository,
} from '../clients/forgejo/repositories';
import { ServerError } from '../clients/http/errors';
import { WoodpeckerSecrets, type ListedSecret } from '../clients/woodpecker/secrets';
import {
  WoodpeckerRepositories,
  type WoodpeckerBuild,
  type WoodpeckerRepository,
} from '../clients/woodpecker/repositories';
import type { Estate } from '../estate/estate';
import type { Project } from '../estate/projects';
import { secretsIn } from '../trees/ci-secrets';
import type { TreeFile } from '../trees/tree-file';

export interface Observed {
  readonly repository: Repository | undefined;
  /** The branch's last commit; undefined while nothing was pushed. */
  readonly tip: string | undefined;
  readonly hasSource: boolean;
  /** What the branch has of the files that it should have, by path. */
  readonly files: ReadonlyMap<string, BranchFile>;
  /** What Woodpecker reads instead of the pipeline, as it came with the history. */
  readonly readInstead: readonly string[];
  /** Workflows of GitHub that came with the history. */
  readonly workflows: readonly string[];
  readonly registration: WoodpeckerRepository | undefined;
  /** Names of secrets that the pipeline reads and no step of it would be given. */
  readonly missingSecrets: readonly string[];
  /** Of the branch's last commit, the newest first. */
  readonly builds: readonly WoodpeckerBuild[];
}

/** What is looked for, and where. */
export interface ObserveProps {
  readonly estate: Estate;
  readonly project: Project;
  readonly forgejo: ForgejoAdministration;
  readonly woodpecker: { readonly url: string; readonly token: string };
  /** What the branch should have. */
  readonly files: readonly TreeFile[];
  /** The commit whose history is pushed. @default nobody named a source */
  readonly source: string | undefined;
}

/** Owner and name of the project's repository. */
export const repositoryOf = ({ estate, project }: ObserveProps): readonly [string, string] => [
  estate.forgejo.packages.owner,
  project.name,
];

export const repositoriesOf = ({ woodpecker }: Pick<ObserveProps, 'woodpecker'>): WoodpeckerRepositories =>
  new WoodpeckerRepositories({
    ...woodpecker,
    authority:
      'WOODPECKER_TOKEN is refused; take that of somebody who administers the repository, from the user page in Woodpecker',
  });

/** What Forgejo and Woodpecker have of the project now. */
export async function observe(props: ObserveProps): Promise<Observed> {
  const { forgejo, project, files, source } = props;
  const { branch } = project;
  const at = repositoryOf(props);
  const woodpecker = repositoriesOf(props);
  const [repository, registration] = await Promise.all([
    findRepository(forgejo, ...at),
    woodpecker.find(at.join('/')),
  ]);
  const tip = repository === undefined ? undefined : await tipOf(forgejo, at, branch);
  const [found, readInstead, workflows, hasSource, builds, missingSecrets] = await Promise.all([
    tip === undefined
      ? []
      : Promise.all(
          files.map(async ({ path }) => [path, await readFileAt(forgejo, at, path, branch)] as const),
        ),
    tip === undefined ? [] : configurationsBefore(props),
    tip === undefined ? [] : listFolderAt(forgejo, at, '.github/workflows', branch),
    tip === undefined || source === undefined ? true : isAncestor(props, source),
    registration?.active === true ? woodpecker.builds(registration.id, branch) : [],
    missing(props, registration),
  ]);
  return {
    ...{ repository, tip, hasSource, readInstead, registration, missingSecrets },
    workflows: workflows.filter(isYaml),
    files: new Map(found.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]))),
    builds: builds.filter(({ commit }) => commit === tip),
  };
}

const isYaml = (name: string): boolean => /\.ya?ml$/u.test(name);

/**
 * Woodpecker takes the folder `.woodpecker`, then `.woodpecker.yaml`, then `.woodpecker.yml`, and the first of these alone.
 * @see https://woodpecker-ci.org/docs/usage/project-settings
 */
async function configurationsBefore(props: ObserveProps): Promise<readonly string[]> {
  const { forgejo, project, files } = props;
  const { branch } = project;
  const at = repositoryOf(props);
  if (files.some(({ path }) => path.startsWith('.woodpecker/'))) return [];
  const [folder, other] = await Promise.all([
    listFolderAt(forgejo, at, '.woodpecker', branch),
    readFileAt(forgejo, at, '.woodpecker.yaml', branch),
  ]);
  return [
    ...folder.filter(isYaml).map((file) => `.woodpecker/${file}`),
    ...(other === undefined ? [] : ['.woodpecker.yaml']),
  ];
}

/** Whether the branch goes on from that commit: Forgejo names the commit itself as the base of both. */
async function isAncestor(props: ObserveProps, commit: string): Promise<boolean> {
  const path = ['repos', ...repositoryOf(props)];
  // Compared with a commit that it has not, Forgejo answers 500, and Gitea 404.
  if ((await props.forgejo.find([...path, 'git', 'commits', commit])) === undefined) return false;
  const range = `${props.project.branch}...${commit}`;
  const found = (await props.forgejo.find([...path, 'compare', range])) as
    { total_commits?: unknown } | null | undefined;
  return found?.total_commits === 0;
}

/** As Woodpecker looks: the repository's, then its owner's, then everybody's; the first of a name is taken. */
async function missing(
  { woodpecker, files }: ObserveProps,
  registration: WoodpeckerRepository | undefined,
): Promise<readonly string[]> {
  const { active = false, id: repositoryId = 0, org_id: organizationId = 0 } = registration ?? {};
  const own = active ? [{ repositoryId }, ...(organizationId > 0 ? [{ organizationId }] : [])] : [];
  const scopes = [...own, 'global' as const];
  const lists = await Promise.all(
    scopes.map(async (scope) => {
      try {
        return await new WoodpeckerSecrets({ ...woodpecker, scope }).list();
      } catch (error) {
        // Whoever administers a repository need not be of the organization: what it gives is then not known.
        const isDenied = error instanceof ServerError && error.kind === 'denied';
        if (scope !== 'global' && 'organizationId' in scope && isDenied) return [];
        throw error;
      }
    }),
  );
  // Pipelines read no case.
  const given = new Map<string, ListedSecret>();
  for (const secret of lists.flat().reverse()) given.set(secret.name.toLowerCase(), secret);
  // The shell that reads back what was pushed is no plugin, and gets no secret that is for some images alone.
  return secretsIn(files).flatMap(({ name, events }) => {
    const secret = given.get(name.toLowerCase());
    const isGiven = secret?.images.length === 0 && events.every((event) => secret.events.includes(event));
    return isGiven ? [] : [name];
  });
}
