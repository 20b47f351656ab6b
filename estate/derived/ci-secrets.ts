import type { Estate } from '../estate';
import type { VaultRight } from '../vault';

/** A repository of the CI, with the Vault path of its own secrets if it has any. */
export interface CiRepository {
  readonly name: string;
  readonly id: number;
  readonly path?: string;
}

export function ciRepositories({ woodpecker, woodpeckerRepositoryIds }: Estate): readonly CiRepository[] {
  const { repositoryPaths } = woodpecker.secretSync;
  return Object.entries(woodpeckerRepositoryIds).map(([name, id]) => {
    const path = repositoryPaths[name];
    return { name, id, ...(path === undefined ? {} : { path }) };
  });
}

/** What the sync reads in Vault, and nothing else. */
export function secretSyncRights({ woodpecker: { secretSync } }: Estate): readonly VaultRight[] {
  const { globalPath, repositoryPaths, apiToken } = secretSync;
  const paths = new Set([globalPath, apiToken.path, ...Object.values(repositoryPaths)]);
  return [...paths].sort().map((path) => ({ path: `secret/data/${path}`, capabilities: ['read'] }));
}
