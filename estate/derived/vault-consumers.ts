import type { Estate } from '../estate';
import type { VaultConsumer, VaultConsumerName, VaultRight } from '../vault';
import { secretSyncRights } from './ci-secrets';

export interface VaultAccess {
  readonly role: string;
  readonly serviceAccounts: readonly string[];
  readonly policies: readonly string[];
  readonly rights: readonly VaultRight[];
  readonly tokenDays: number;
  readonly narrowed: boolean;
}

/** The access of every consumer as it is now: what was before goes on until the consumer is narrowed. */
export function vaultAccess(estate: Estate): readonly VaultAccess[] {
  const { consumers } = estate.vault;
  return (Object.entries(consumers) as [VaultConsumerName, VaultConsumer][]).map(([name, consumer]) => {
    const { role, serviceAccount, otherPolicies, tokenDays } = consumer;
    const former = consumer.formerly?.narrowed === false ? consumer.formerly : undefined;
    const needed = [...consumer.rights, ...derivedRights(estate, name)];
    const accounts = [serviceAccount, ...(former?.serviceAccounts ?? [])];
    return {
      ...{ role, tokenDays, narrowed: former === undefined },
      serviceAccounts: [...new Set(accounts)].sort(),
      policies: [role, ...otherPolicies],
      rights: former === undefined ? needed : united(needed, former.rights),
    };
  });
}

function derivedRights(estate: Estate, name: VaultConsumerName): readonly VaultRight[] {
  if (name === 'secretSync') return secretSyncRights(estate);
  if (name === 'deploy')
    return [{ path: estate.woodpecker.deploy.credentials, capabilities: ['create', 'update'] }];
  const { appliedRecord } = estate.stacks;
  return [
    { path: `secret/data/${appliedRecord}`, capabilities: ['create', 'read', 'update'] },
    { path: `secret/metadata/${appliedRecord}`, capabilities: ['read'] },
  ];
}

/** Both as one: a path keeps what a glob gave it, since Vault takes the most specific rule; what could be is not denied. */
function united(needed: readonly VaultRight[], formerly: readonly VaultRight[]): readonly VaultRight[] {
  const paths = [...new Set([...needed, ...formerly].map(({ path }) => path))];
  return paths.map((path) => {
    const of = [
      ...needed.filter((right) => right.path === path),
      ...formerly.filter((right) => covers(right.path, path)),
    ];
    const capabilities = [...new Set(of.flatMap((right) => right.capabilities))].sort();
    const granted = capabilities.filter((capability) => capability !== 'deny');
    return { path, capabilities: granted.length > 0 ? granted : capabilities };
  });
}

function covers(rule: string, path: string): boolean {
  return rule === path || (rule.endsWith('*') && path.startsWith(rule.slice(0, -1)));
}
