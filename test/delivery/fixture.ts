import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const source = join(__dirname, 'fixture');
const made: string[] = [];

/** A Terragrunt tree as the homelab has it, committed to a git repository of its own in a new folder. */
export function makeTree(files: Readonly<Record<string, string | null>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'delivery-'));
  made.push(root);
  cpSync(source, root, { recursive: true });
  renameSync(join(root, 'gitignore'), join(root, '.gitignore'));
  symlinkSync('../../secrets', join(root, 'stacks/forgejo/secrets'));
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  git(root, 'init', '--quiet', '--initial-branch=master');
  commit(root, 'the tree before the delivery');
  return root;
}

export function put(root: string, path: string, text: string | null): void {
  const full = join(root, path);
  if (text === null) {
    rmSync(full, { recursive: true });
    return;
  }
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

export const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

export function commit(root: string, message: string): void {
  git(root, 'add', '--all');
  git(root, '-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--message', message);
}

export const git = (root: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' });

/** Every file of the tree with its bytes, git's own folder aside: equal snapshots mean nothing changed. */
export function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name));
    if (entry.isFile() && !path.startsWith('.git/')) found[path] = read(root, path);
  }
  return found;
}

export function removeTrees(): void {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
}
