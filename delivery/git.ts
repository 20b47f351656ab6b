import { spawnSync } from 'node:child_process';
import { Refused } from '../steps/refused';

/** A path that differs from the last commit, relative to the delivered tree. */
export interface DirtyPath {
  readonly path: string;
  /** What the last commit holds; `undefined` when the path is not in it. */
  readonly committed: string | undefined;
}

/** Paths with uncommitted changes, untracked ones included and ignored ones not. Nothing in the repository is written. */
export function dirtyPaths(root: string): DirtyPath[] {
  const prefix = git(root, ['rev-parse', '--show-prefix']).trim();
  const status = git(root, [
    'status',
    '--porcelain=v2',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--',
    '.',
  ]);
  const inCommit = new Map<string, boolean>();
  for (const entry of status.split('\0').filter((each) => each !== '')) {
    const [kind = '', ...fields] = entry.split(' ');
    const { before, object } = statusFields[kind] ?? { before: 0 };
    const path = fields.slice(before).join(' ').slice(prefix.length);
    const known = object !== undefined && !/^0+$/u.test(fields[object] ?? '');
    // What left the index and stays on the disk is listed twice.
    inCommit.set(path, known || inCommit.get(path) === true);
  }
  return [...inCommit].map(([path, known]) => ({
    path,
    committed: known ? git(root, ['cat-file', '--filters', `HEAD:${prefix}${path}`]) : undefined,
  }));
}

/** How many fields stand before a path, and which of them is its object in the last commit (git-status(1), version 2). */
const statusFields: Readonly<Record<string, { readonly before: number; readonly object?: number }>> = {
  '1': { before: 7, object: 5 },
  u: { before: 9, object: 7 },
};

/** The paths among these that git ignores, with the rule: a commit of the delivery would leave them out. */
export function ignoredPaths(root: string, paths: readonly string[]): Map<string, string> {
  if (paths.length === 0) return new Map();
  const fields = git(root, ['check-ignore', '--verbose', '-z', '--stdin'], {
    input: paths.join('\0'),
    orEmpty: true,
  }).split('\0');
  const ignored = new Map<string, string>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source = '', line = '', pattern = '', path = ''] = fields.slice(at, at + 4);
    if (!pattern.startsWith('!')) ignored.set(path, `${source}:${line}:${pattern}`);
  }
  return ignored;
}

/** Local branches, and the one that is checked out, which is empty where it is none. */
export function branches(root: string): { readonly current: string; readonly all: readonly string[] } {
  const current = git(root, ['branch', '--show-current']).trim();
  return { current, all: git(root, ['branch', '--format=%(refname:short)']).trim().split('\n') };
}

/** Refuses a folder that git does not know as a work tree with a commit in it. */
export function assertWorkTree(root: string): void {
  const answer = spawnSync('git', ['-C', root, 'rev-parse', '--is-inside-work-tree'], { encoding: 'utf8' });
  if (answer.error !== undefined) {
    throw new Refused([`git: cannot be started, got "${answer.error.message}"; install git`]);
  }
  if (answer.stdout.trim() !== 'true') {
    throw new Refused([
      `${root}: not a git work tree, got "${firstLine(answer.stderr)}"; deliver into a clone, so that the change can be reviewed and taken back`,
    ]);
  }
  if (spawnSync('git', ['-C', root, 'rev-parse', '--verify', '--quiet', 'HEAD']).status !== 0) {
    throw new Refused([
      `${root}: the git repository has no commit yet; commit the tree first, so that the change can be taken back`,
    ]);
  }
}

function git(
  root: string,
  args: readonly string[],
  options: { input?: string; orEmpty?: boolean } = {},
): string {
  const answer = spawnSync('git', ['--no-optional-locks', '-C', root, ...args], {
    encoding: 'utf8',
    input: options.input ?? '',
    maxBuffer: 1 << 28,
  });
  if (answer.status === 0) return answer.stdout;
  if (options.orEmpty === true) return '';
  throw new Refused([
    `${root}: git ${args[0] ?? ''} failed, got "${firstLine(answer.stderr)}"; repair the repository first`,
  ]);
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
