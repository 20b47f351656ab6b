import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheKey, toolCacheFolder } from '../../lab/programs/tool-cache';

describe('the tool cache', () => {
  const before = process.env['XDG_CACHE_HOME'];
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tool-cache-'));
    process.env['XDG_CACHE_HOME'] = home;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    rmSync(home, { recursive: true });
  });

  const entries = (): readonly string[] => readdirSync(toolCacheFolder());
  const fillWith =
    (content: string) =>
    (folder: string): Promise<void> => {
      writeFileSync(join(folder, 'file'), content);
      return Promise.resolve();
    };

  it('is outside the checkout, in the user’s cache folder', () => {
    expect(toolCacheFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/registry-consolidation/tools');
  });

  it('an entry is filled once', async () => {
    let fills = 0;
    const fill = (folder: string): Promise<void> => {
      fills += 1;
      return fillWith('whole')(folder);
    };
    const both = await Promise.all([cached('etcd-1', fill), cached('etcd-1', fill)]);
    expect([fills, new Set(both).size]).toEqual([1, 1]);
  });

  it('a filling that fails leaves neither an entry nor a lock', async () => {
    await expect(cached('etcd-1', () => Promise.reject(new Error('no network')))).rejects.toThrow(
      'no network',
    );
    expect(entries()).toEqual([]);
  });

  it('what a killed filling left is taken over and removed', async () => {
    mkdirSync(join(toolCacheFolder(), '.half-old'), { recursive: true });
    // No process has this start time: process 1 started when the machine did.
    writeFileSync(join(toolCacheFolder(), '.lock'), JSON.stringify({ pid: 1, startTicks: -1 }));
    await cached('etcd-1', fillWith('whole'));
    expect(entries()).toEqual(['etcd-1']);
    expect(existsSync(join(toolCacheFolder(), '.half-old'))).toBe(false);
  });

  it('another recipe of the same version is another entry', () => {
    expect(cacheKey('gitea', '1.25.5', ['tags=sqlite'])).not.toBe(cacheKey('gitea', '1.25.5', ['tags=']));
  });
});
