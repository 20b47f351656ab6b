import type { ForgejoAdministration } from './administration';
import { ServerError } from '../http/errors';

export interface Repository {
  readonly id: number;
  readonly full_name: string;
  readonly private: boolean;
  readonly archived: boolean;
  /** It follows another and takes no push. */
  readonly mirror: boolean;
  /** It has no commit on any branch. */
  readonly empty: boolean;
}

export interface BranchFile {
  readonly text: string;
  /** Of its blob: a change names what it replaces, and is refused when that is no longer there. */
  readonly sha: string;
}

export interface FileChange {
  readonly path: string;
  readonly text: string;
  /** @default the file is new */
  readonly replaces?: string;
}

/** Undefined where there is none. A renamed one that is public answers under its old name too. @throws ServerError */
export async function findRepository(
  forgejo: ForgejoAdministration,
  owner: string,
  name: string,
): Promise<Repository | undefined> {
  const found = (await forgejo.find(['repos', owner, name])) as Partial<Repository> | null | undefined;
  if (found === undefined) return undefined;
  const { id, full_name: fullName, archived = false, mirror = false, empty = false } = found ?? {};
  if (typeof id === 'number' && typeof fullName === 'string')
    return { id, full_name: fullName, private: found?.private === true, archived, mirror, empty };
  throw new Error(
    `forgejo repository "${owner}/${name}": is none, got an answer without id or full_name; check that this address is a Forgejo`,
  );
}

/** Makes an empty private repository whose branch will be `branch`; one that is there stays. */
export async function createRepository(
  forgejo: ForgejoAdministration,
  { owner, ownerIs }: { readonly owner: string; readonly ownerIs: 'user' | 'organization' },
  name: string,
  branch: string,
): Promise<void> {
  const path = ownerIs === 'user' ? ['admin', 'users', owner, 'repos'] : ['orgs', owner, 'repos'];
  try {
    await forgejo.ask('POST', path, { name, private: true, auto_init: false, default_branch: branch });
  } catch (error) {
    // The answer to a first attempt may have been lost.
    if (!(error instanceof ServerError) || error.status !== 409) throw error;
  }
}

/** The commit at the tip of a branch; undefined where there is no such branch. */
export async function tipOf(
  forgejo: ForgejoAdministration,
  [owner, name]: readonly [string, string],
  branch: string,
): Promise<string | undefined> {
  const found = (await forgejo.find(['repos', owner, name, 'branches', branch])) as
    { commit?: { id?: unknown } | null } | null | undefined;
  if (found === undefined) return undefined;
  const id = found?.commit?.id;
  if (typeof id === 'string' && /^[0-9a-f]{40,64}$/.test(id)) return id;
  throw new Error(
    `forgejo repository "${owner}/${name}": the branch ${branch} has no commit, got an answer without one; check that this address is a Forgejo`,
  );
}

export async function readFileAt(
  forgejo: ForgejoAdministration,
  [owner, name]: readonly [string, string],
  path: string,
  ref: string,
): Promise<BranchFile | undefined> {
  const found = (await forgejo.find(
    ['repos', owner, name, 'contents', ...path.split('/')],
    new URLSearchParams({ ref }),
  )) as { content?: unknown; sha?: unknown } | null | undefined;
  if (found === undefined) return undefined;
  if (typeof found?.content === 'string' && typeof found.sha === 'string')
    return { text: Buffer.from(found.content, 'base64').toString('utf8'), sha: found.sha };
  throw new Error(
    `forgejo repository "${owner}/${name}": ${path} is no file, got something else; move it away`,
  );
}

/** The names of a folder's files, none where there is no such folder. */
export async function listFolderAt(
  forgejo: ForgejoAdministration,
  [owner, name]: readonly [string, string],
  path: string,
  ref: string,
): Promise<readonly string[]> {
  const found = await forgejo.find(
    ['repos', owner, name, 'contents', ...path.split('/')],
    new URLSearchParams({ ref }),
  );
  if (!Array.isArray(found)) return [];
  return (found as ({ name?: unknown } | null)[]).flatMap((entry) =>
    typeof entry?.name === 'string' ? [entry.name] : [],
  );
}

/** One commit on a branch with all the files, or none of them. */
export async function commitFiles(
  forgejo: ForgejoAdministration,
  [owner, name]: readonly [string, string],
  branch: string,
  message: string,
  files: readonly FileChange[],
): Promise<void> {
  await forgejo.ask('POST', ['repos', owner, name, 'contents'], {
    ...{ branch, message },
    files: files.map(({ path, text, replaces }) => ({
      ...{ path, content: Buffer.from(text).toString('base64') },
      ...(replaces === undefined ? { operation: 'create' } : { operation: 'update', sha: replaces }),
    })),
  });
}
