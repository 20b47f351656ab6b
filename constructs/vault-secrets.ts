import { DataVaultKvSecretV2 } from '@cdktf/provider-vault/lib/data-vault-kv-secret-v2';
import { Construct } from 'constructs';
import { atAddress } from './address';

/** A key of a KV v2 secret: the path below the mount, and the key there. */
export interface VaultKey {
  readonly path: string;
  readonly key: string;
}

export interface VaultSecretsProps {
  /** Every key that is read; in any order, also more than once. */
  readonly keys: readonly VaultKey[];
  /** Terraform name of a path's data source. */
  readonly resourceNameOf: (path: string) => string;
  /** Where a person learns how to create a missing key. */
  readonly runbook: string;
}

/**
 * The KV v2 secrets that a stack reads at plan time: one data source a Vault path. A missing or empty key stops the plan
 * with its name: the predecessor put an empty string in its place, which applied cleanly and broke pulls later (2026-05-07).
 */
export class VaultSecrets extends Construct {
  /** What is read, each key once, ordered by path. */
  readonly keys: readonly VaultKey[];
  readonly #names: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, { keys, resourceNameOf, runbook }: VaultSecretsProps) {
    super(scope, id);
    const paths = [...new Set(keys.map(({ path }) => path))].sort();
    this.#names = new Map(paths.map((path) => [path, resourceNameOf(path)]));
    this.keys = paths.flatMap((path) => {
      const ofPath = new Set(keys.filter((vault) => vault.path === path).map(({ key }) => key));
      return [...ofPath].map((key) => ({ path, key }));
    });
    for (const [path, name] of this.#names) {
      const checked = this.keys.filter((vault) => vault.path === path);
      const postcondition = checked.map(({ key }) => ({
        condition: `\${try(self.data["${key}"], "") != ""}`,
        errorMessage: `Vault secret/${path} has no value at key "${key}". Create it as ${runbook} says, then plan again.`,
      }));
      const lifecycle = { postcondition };
      atAddress(new DataVaultKvSecretV2(this, path, { mount: 'secret', name: path, lifecycle }), name);
    }
  }

  /** Addresses of the data sources, `data.vault_kv_secret_v2.<name>`. */
  get addresses(): readonly string[] {
    return [...this.#names.values()].map((name) => `data.vault_kv_secret_v2.${name}`);
  }

  /** The Terraform expression of a key's value, without `${}`. @throws Error for a key that is not checked */
  value({ path, key }: VaultKey): string {
    if (!this.keys.some((checked) => checked.path === path && checked.key === key))
      throw new Error(
        `${this.node.path}: reads a key that nothing checks, got "${key}" of "${path}"; add it to keys so that a missing one is named`,
      );
    return `data.vault_kv_secret_v2.${this.#names.get(path) ?? ''}.data["${key}"]`;
  }
}

/** A Vault path as part of a Terraform name: `ci/global` is `ci_global`. */
export function terraformName(path: string): string {
  return path.replaceAll(/[^a-z0-9]+/g, '_');
}
