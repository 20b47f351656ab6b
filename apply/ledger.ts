import { setTimeout as sleep } from 'node:timers/promises';
import { ServerError } from '../clients/http/errors';
import type { KvSecret, VaultKv } from '../clients/vault/kv';
import { Refused } from '../steps/refused';
import { parseRecord, type StackRecord } from './record';

type Kv = Pick<VaultKv, 'faults' | 'read' | 'write'>;

/** What was applied last, a key for each stack, in one secret of Vault: no two runs write it over each other. */
export class Ledger {
  readonly #kv: Kv;
  readonly #path: string;

  constructor(kv: Kv, path: string) {
    this.#kv = kv;
    this.#path = path;
  }

  /** The record of every stack that has one, as it is kept. @throws {@link Refused} where Vault keeps nothing */
  async all(): Promise<ReadonlyMap<string, unknown>> {
    const faults = await this.#kv.faults();
    if (faults.length > 0) throw new Refused(faults);
    const { data } = await this.#read();
    return new Map(Object.entries(data).filter(([, text]) => text !== ''));
  }

  /** How a stack's record is named in messages. */
  where(stack: string): string {
    return `${this.#path} ${stack}`;
  }

  /**
   * Puts in place of a stack's record what `decide` makes of it; nothing where it answers undefined. It is asked again
   * when another run was faster, so it decides by what it is given alone.
   *
   * @throws ServerError when Vault cannot be asked; Error when the record is of another shape
   */
  async change(stack: string, decide: (record: StackRecord) => StackRecord | undefined): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const secret = await this.#read();
      const next = decide(parseRecord(this.where(stack), secret.data[stack]));
      if (next === undefined) return;
      try {
        await this.#kv.write(this.#path, secret, { [stack]: JSON.stringify(next) });
        return;
      } catch (error) {
        if (attempt === maxAttempts || !isLostRace(error)) throw error;
        await sleep(Math.random() * 50 * attempt);
      }
    }
  }

  /** @throws Error where it was deleted: an older commit would be let in as if it were the first */
  async #read(): Promise<KvSecret> {
    const secret = await this.#kv.read(this.#path);
    if (secret.version === 0 || Object.keys(secret.data).length > 0) return secret;
    throw new Error(
      `${this.#path}: holds no record any more, got version ${secret.version} without keys; bring it back (vault kv undelete, vault kv rollback), or begin anew (vault kv metadata delete)`,
    );
  }
}

const maxAttempts = 20;

/** @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-secret */
function isLostRace(error: unknown): boolean {
  return error instanceof ServerError && error.status === 400;
}
