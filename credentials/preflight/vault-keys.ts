import type { VaultKey } from '../../estate/tokens';
import { textAt, Unread, type ReadPaths } from '../../rollout/vault-paths';
import { findingOf, type Finding } from './finding';

export interface ReadKey extends VaultKey {
  readonly by: readonly string[];
}

/** Every key that is read has a text. @param issued keys that a bootstrap fills */
export function judgeVaultKeys(
  keys: readonly ReadKey[],
  paths: ReadPaths,
  issued: readonly VaultKey[],
): readonly Finding[] {
  return keys.map((row): Finding => {
    const { path, key, by } = row;
    const found = paths.get(path) ?? {};
    const finding = findingOf('vault', `secret/${path} ${key}`);
    if (found instanceof Unread)
      return finding('fault', `${found.why}; use a token whose policy reads secret/data/${path}`);
    if (textAt(paths, row) !== undefined) return finding('well', `read by ${by.join(', ')}`);
    const isIssued = issued.some((token) => token.path === path && token.key === key);
    const value = found[key];
    const got = value === undefined ? 'none' : typeof value === 'string' ? 'an empty text' : kindOf(value);
    const remedy = isIssued ? './registry bootstrap apply' : `vault kv patch -mount=secret ${path} ${key}=-`;
    return finding('fault', `is read by ${by.join(', ')} and holds no text, got ${got}; ${remedy}`);
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
