import { DataVaultKvSecretV2 } from '@cdktf/provider-vault/lib/data-vault-kv-secret-v2';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface VaultSecretProps {
  /** Terraform name of the data source. */
  readonly resourceName: string;
  /** Path below the mount, such as `ci/global`. */
  readonly path: string;
  /** Keys that must be there and not empty; each gets a check of its own, so that the plan names the missing one. */
  readonly keys: readonly string[];
  /** Where a person learns how to create a missing key. */
  readonly runbook: string;
  /** @default secret */
  readonly mount?: string;
}

/**
 * A KV v2 secret read from Vault at plan time. A missing or empty key stops the plan with its name: the predecessor
 * put an empty string in its place, which applied cleanly and broke pulls later (2026-05-07).
 */
export class VaultSecret extends Construct {
  readonly mount: string;
  readonly resourceName: string;
  readonly path: string;
  readonly keys: readonly string[];

  constructor(scope: Construct, id: string, props: VaultSecretProps) {
    super(scope, id);
    this.mount = props.mount ?? 'secret';
    this.resourceName = props.resourceName;
    this.path = props.path;
    this.keys = props.keys;

    atAddress(
      new DataVaultKvSecretV2(this, 'Resource', {
        mount: this.mount,
        name: props.path,
        lifecycle: {
          postcondition: props.keys.map((key) => ({
            condition: `\${try(self.data["${key}"], "") != ""}`,
            errorMessage: `Vault ${this.mount}/${props.path} has no value at key "${key}". Create it as ${props.runbook} says, then plan again.`,
          })),
        },
      }),
      props.resourceName,
    );
  }

  /**
   * The Terraform expression of a key's value, without `${}`, for use inside other expressions.
   *
   * @throws Error for a key that is not checked
   */
  value(key: string): string {
    if (!this.keys.includes(key))
      throw new Error(
        `${this.node.path}: reads a key that nothing checks, got "${key}"; add it to keys so that a missing one is named`,
      );
    return `data.vault_kv_secret_v2.${this.resourceName}.data["${key}"]`;
  }
}
