import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ServerError } from '../../clients/http/errors';
import type { KvSecret, VaultKv } from '../../clients/vault/kv';

const absent: KvSecret = { version: 0, data: {}, customMetadata: {} };

/** As much of Vault's KV engine as a ledger needs, in a file where processes share it. Its suite holds it beside the real one. */
export class MemoryKv implements Pick<VaultKv, 'faults' | 'read' | 'write'> {
  #secrets: Record<string, KvSecret> = {};
  /** Called before each write is judged. */
  beforeWrite: (change: Readonly<Record<string, string>>) => void = () => undefined;

  constructor(readonly file?: string) {}

  faults(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  read(path: string): Promise<KvSecret> {
    return Promise.resolve(this.#at(path));
  }

  async write(path: string, before: KvSecret, change: Readonly<Record<string, string>>): Promise<void> {
    await Promise.resolve();
    this.beforeWrite(change);
    // Judged and written in one turn, as the server does.
    const { version } = this.#at(path);
    if (version !== before.version)
      throw new ServerError({
        ...{ kind: 'unexpected', status: 400, method: 'POST', url: new URL('http://vault.example') },
        detail: 'check-and-set parameter did not match the current version',
      });
    this.#secrets[path] = { ...before, version: version + 1, data: { ...before.data, ...change } };
    if (this.file !== undefined) writeFileSync(this.file, JSON.stringify(this.#secrets));
  }

  #at(path: string): KvSecret {
    if (this.file !== undefined && existsSync(this.file))
      this.#secrets = JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, KvSecret>;
    return this.#secrets[path] ?? absent;
  }
}
