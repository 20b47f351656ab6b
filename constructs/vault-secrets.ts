import { Construct } from 'constructs';
import { VaultSecret } from './vault-secret';

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

/** The secrets that a stack reads: one data source a Vault path, in which every key that is read is checked. */
export class VaultSecrets extends Construct {
  private readonly secrets: ReadonlyMap<string, VaultSecret>;

  constructor(scope: Construct, id: string, { keys, resourceNameOf, runbook }: VaultSecretsProps) {
    super(scope, id);
    const paths = [...new Set(keys.map(({ path }) => path))].sort();
    this.secrets = new Map(
      paths.map((path) => {
        const ofPath = keys.filter((vault) => vault.path === path).map(({ key }) => key);
        const props = { resourceName: resourceNameOf(path), path, keys: [...new Set(ofPath)], runbook };
        return [path, new VaultSecret(this, path, props)];
      }),
    );
  }

  /** Addresses of the data sources, `data.vault_kv_secret_v2.<name>`. */
  get addresses(): readonly string[] {
    return [...this.secrets.values()].map(({ resourceName }) => `data.vault_kv_secret_v2.${resourceName}`);
  }

  /**
   * The Terraform expression of a key's value, without `${}`, for use inside other expressions.
   *
   * @throws Error for a key that is not checked
   */
  value({ path, key }: VaultKey): string {
    const secret = this.secrets.get(path);
    if (secret === undefined)
      throw new Error(
        `${this.node.path}: reads a path that nothing checks, got "${path}"; add the key to keys so that a missing one is named`,
      );
    return secret.value(key);
  }
}

/** A Vault path as part of a Terraform name: `ci/global` is `ci_global`. */
export function terraformName(path: string): string {
  return path.replaceAll(/[^a-z0-9]+/g, '_');
}
