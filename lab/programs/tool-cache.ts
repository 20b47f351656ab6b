import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRunning, readIdentity, self } from '../process/process-identity';
import { until } from '../process/until';

/** Shared by all checkouts. @see https://specifications.freedesktop.org/basedir-spec/latest/ for XDG_CACHE_HOME */
export function toolCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'registry-consolidation', 'tools');
}

/** The entry of one tool: its name and version, and a hash of all else that decides what is in it. */
export function cacheKey(name: string, version: string, recipe: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  return `${name}-${version}-${hash}`;
}

export function isCached(key: string): boolean {
  return existsSync(join(toolCacheFolder(), key));
}

/** The folder of a cache entry, filled first if missing: one filling at a time over all processes, whole or not at all. */
export async function cached(key: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const cache = toolCacheFolder();
  const entry = join(cache, key);
  if (existsSync(entry)) return entry;
  mkdirSync(cache, { recursive: true });
  const release = await lock(join(cache, '.lock'));
  try {
    if (existsSync(entry)) return entry;
    // Only the lock's holder fills, so whatever half there is was left by a killed one.
    for (const name of readdirSync(cache).filter((candidate) => candidate.startsWith('.half-'))) {
      rmSync(join(cache, name), { recursive: true, force: true });
    }
    const half = mkdtempSync(join(cache, '.half-'));
    try {
      await fill(half);
      renameSync(half, entry);
    } finally {
      rmSync(half, { recursive: true, force: true });
    }
    return entry;
  } finally {
    release();
  }
}

/** Takes a lock file, waiting for a living owner and taking over from a dead one. */
async function lock(path: string): Promise<() => void> {
  const take = (): true | undefined => {
    try {
      writeFileSync(path, JSON.stringify(self()), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readIdentity(path);
    if (owner === undefined || isRunning(owner)) return undefined;
    rmSync(path, { force: true });
    return take();
  };
  await until(take, { timeoutMs: Infinity, everyMs: 500 });
  return () => {
    rmSync(path, { force: true });
  };
}
