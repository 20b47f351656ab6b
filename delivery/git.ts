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
  const names = (...args: readonly string[]): string[] =>
    git(root, [...args, '-z'])
      .split('\0')
      .filter((name) => name !== '');
  const paths = new Set([
    ...names('diff', '--name-only', '--no-renames', '--relative', 'HEAD'),
    ...names('ls-files', '--others', '--exclude-standard'),
  ]);
  const held = new Set(paths.size === 0 ? [] : names('ls-tree', '-r', '--name-only', 'HEAD'));
  return [...paths].map((path) => ({
    path,
    committed: held.has(path) ? git(root, ['cat-file', '--filters', `HEAD:./${path}`]) : undefined,
  }));
}

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
