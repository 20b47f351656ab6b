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
import type {
  WoodpeckerBuild,
  WoodpeckerRepositories,
  WoodpeckerRepository,
} from '../clients/woodpecker/repositories';
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

export interface ObserveProps {
  readonly forgejo: ForgejoAdministration;
  readonly woodpecker: WoodpeckerRepositories;
  readonly server: { readonly url: string; readonly token: string };
  readonly owner: string;
  readonly name: string;
  readonly branch: string;
  readonly files: readonly TreeFile[];
  readonly source: string | undefined;
}

/** What Forgejo and Woodpecker have of the project now. */
export async function observe(props: ObserveProps): Promise<Observed> {
  const { forgejo, woodpecker, owner, name, branch, files, source } = props;
  const at = [owner, name] as const;
  const [repository, registration] = await Promise.all([
    findRepository(forgejo, owner, name),
    woodpecker.find(`${owner}/${name}`),
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
    tip === undefined || source === undefined ? true : isAncestor(forgejo, at, source, branch),
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
async function configurationsBefore({
  forgejo,
  owner,
  name,
  branch,
  files,
}: ObserveProps): Promise<readonly string[]> {
  const at = [owner, name] as const;
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
async function isAncestor(
  forgejo: ForgejoAdministration,
  [owner, name]: readonly [string, string],
  commit: string,
  branch: string,
): Promise<boolean> {
  // Compared with a commit that it has not, Forgejo answers 500, and Gitea 404.
  if ((await forgejo.find(['repos', owner, name, 'git', 'commits', commit])) === undefined) return false;
  const found = (await forgejo.find(['repos', owner, name, 'compare', `${branch}...${commit}`])) as
    { total_commits?: unknown } | null | undefined;
  return found?.total_commits === 0;
}

/** As Woodpecker looks: the repository's, then its owner's, then everybody's; the first of a name is taken. */
async function missing(
  { server, files }: ObserveProps,
  registration: WoodpeckerRepository | undefined,
): Promise<readonly string[]> {
  const scopes = [
    ...(registration?.active === true ? [{ repositoryId: registration.id }] : []),
    ...(registration?.active === true && registration.org_id > 0
      ? [{ organizationId: registration.org_id }]
      : []),
    'global' as const,
  ];
  const lists = await Promise.all(
    scopes.map(async (scope) => {
      try {
        return await new WoodpeckerSecrets({ ...server, scope }).list();
      } catch (error) {
        // Whoever administers a repository need not be of the organization: what it gives is then not known.
        const isDenied = error instanceof ServerError && error.kind === 'denied';
        if (scope !== 'global' && 'organizationId' in scope && isDenied) return [];
        throw error;
      }
    }),
  );
  const given = new Map<string, ListedSecret>();
  for (const secret of lists.flat()) if (!given.has(secret.name)) given.set(secret.name, secret);
  // The shell that reads back what was pushed is no plugin, and gets no secret that is for some images alone.
  return secretsIn(files).flatMap(({ name, events }) => {
    const secret = given.get(name);
    const isGiven = secret?.images.length === 0 && events.every((event) => secret.events.includes(event));
    return isGiven ? [] : [name];
  });
}
