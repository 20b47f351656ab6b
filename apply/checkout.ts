import { spawnSync } from 'node:child_process';
import { dirtyPaths } from '../delivery/git';
import { Refused } from '../steps/refused';

/** How this commit stands to another: `unknown` where the other, or the way to it, is not in this clone. */
export type Standing = 'same' | 'newer' | 'older' | 'diverged' | 'unknown';

/** A clone at one commit: what is planned and applied is what it holds. */
export interface Checkout {
  readonly root: string;
  readonly commit: string;
  /** Each committed path below the root, with mode and object id: equal ones are equal content. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths that are not as they were committed; what git ignores is none. */
  readonly changed: readonly string[];
  /** By ancestry: dates and numbers of pipelines say nothing of which commit holds the other's work. */
  readonly standsTo: (other: string) => Standing;
}

/** Opens a folder of a git repository. @throws {@link Refused} */
export function openCheckout(root: string): Checkout {
  const asked = (...args: readonly string[]): { readonly status: number; readonly stdout: string } => {
    const ran = spawnSync('git', ['--no-optional-locks', '-C', root, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (ran.error === undefined && ran.status !== null && ran.status <= 1)
      return { status: ran.status, stdout: ran.stdout };
    const told = ran.error?.message ?? ran.stderr.trim().split('\n').at(-1) ?? '';
    throw new Refused([
      `${root}: git ${args[0] ?? ''} failed, got "${told}"; name a clone that has the whole history`,
    ]);
  };
  const has = (commit: string): boolean =>
    spawnSync('git', ['-C', root, 'cat-file', '-e', `${commit}^{commit}`]).status === 0;
  const isAncestor = (older: string, newer: string): boolean =>
    asked('merge-base', '--is-ancestor', older, newer).status === 0;

  const commit = asked('rev-parse', 'HEAD').stdout.trim();
  const isShallow = asked('rev-parse', '--is-shallow-repository').stdout.trim() === 'true';
  const listed = asked('ls-tree', '-r', '-z', 'HEAD').stdout.split('\0').filter(Boolean);
  return {
    ...{ root, commit },
    files: new Map(
      listed.map((line) => {
        const at = line.indexOf('\t');
        return [line.slice(at + 1), line.slice(0, at)];
      }),
    ),
    changed: dirtyPaths(root).map(({ path }) => path),
    standsTo: (other) => {
      if (other === commit) return 'same';
      if (!has(other)) return 'unknown';
      if (isAncestor(other, commit)) return 'newer';
      if (isAncestor(commit, other)) return 'older';
      return isShallow ? 'unknown' : 'diverged';
    },
  };
}
