import { ServerError, unlessNotFound } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type TransportProps } from '../http/transport';

export interface VaultKvProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  /** Scheme, host and port, as in `VAULT_ADDR`. */
  readonly address: string;
  readonly token: string;
  /** Where the KV engine of version 2 is mounted. @default secret */
  readonly mount?: string;
  /** In an edition that has namespaces. @default its root */
  readonly namespace?: string;
}

/** One secret of a KV engine of version 2, as it stands. */
export interface KvSecret {
  /** Counts from 1, deleted ones too; 0 where nothing was ever written. */
  readonly version: number;
  /** Values may be of any JSON type: somebody else may have written them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Text that belongs to the path, not to a version. */
  readonly customMetadata: Readonly<Record<string, string>>;
}

const LIMITS = { maxBytes: 1024 * 1024, maxValues: 10_000 };

/**
 * Vault's KV engine, version 2: every write names the version that it was made from, so that nobody's change is lost.
 *
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
 */
export class VaultKv {
  readonly #transport: Transport;
  readonly #address: string;
  readonly #mount: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ address, token, mount, namespace, ...transport }: VaultKvProps) {
    this.#address = address;
    this.#mount = mount ?? 'secret';
    // `X-Vault-Request` is what a Vault agent in between may insist on.
    this.#headers = {
      ...{ 'x-vault-request': 'true', 'content-type': 'application/json' },
      ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    };
    // As a bearer and not as X-Vault-Token, so that no redirect carries it along.
    this.#transport = new Transport({
      ...{ ...transport, server: 'Vault', authorization: `Bearer ${token}` },
      authority: transport.authority ?? 'use a Vault token whose policy allows this path',
    });
  }

  /** Why nothing can be read or written here, in words: server, seal, token or mount. Empty when all is well. */
  async faults(): Promise<readonly string[]> {
    const { origin } = new URL(this.#address);
    const fault = (what: string): readonly string[] => [`vault at ${origin}: ${what}`];
    const url = new URL(`/v1/sys/internal/ui/mounts/${this.#mount}`, this.#address);
    try {
      const answer = (await this.#send('GET', url)) as MountAnswer | null | undefined;
      const { type, options } = answer?.data ?? {};
      // One that was mounted without a version is of the first.
      const got = type === 'kv' ? `kv ${options?.version ?? '1'}` : type;
      if (got === 'kv 2') return [];
      if (got === undefined)
        return fault('does not say what is mounted; correct VAULT_ADDR if this is no Vault');
      const upgrade = type === 'kv' ? `vault kv enable-versioning ${this.#mount}, or ` : '';
      return fault(
        `the mount "${this.#mount}" is no KV engine of version 2, got ${got}; ${upgrade}name the right mount`,
      );
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      return fault(whyNot(error, this.#mount, origin));
    }
  }

  /** The keys of a secret with their values, none where it is absent; for a token that may read data and no metadata. */
  async values(path: string): Promise<KvSecret['data']> {
    return (await this.#get<DataAnswer>('data', path, ['data']))?.data ?? {};
  }

  /** The secret at a path; an absent one has version 0 and no keys. */
  async read(path: string): Promise<KvSecret> {
    // Asked first: the version that a write must name is there even when its data were deleted, which then answer 404.
    const metadata = await this.#get<MetadataAnswer>('metadata', path, ['versions']);
    const answer = metadata && (await this.#get<DataAnswer>('data', path, ['data', 'metadata']));
    return {
      version: answer?.metadata.version ?? metadata?.current_version ?? 0,
      data: answer?.data ?? {},
      customMetadata: metadata?.custom_metadata ?? {},
    };
  }

  /** The time of its clock, which is one for all who work with it. */
  async nowMs(): Promise<number> {
    const url = new URL('/v1/sys/health?standbyok=true&perfstandbyok=true', this.#address);
    // Of the root namespace alone.
    const asked = { method: 'GET', url, headers: { 'x-vault-request': 'true' } } as const;
    const answer = (await askJson(this.#transport, asked, LIMITS)) ?? {};
    const { server_time_utc: seconds } = answer as { server_time_utc?: unknown };
    if (typeof seconds === 'number') return seconds * 1000;
    const detail = 'does not say what time it is; check that this address is Vault';
    throw new ServerError({ method: 'GET', url, kind: 'malformed', detail });
  }

  /** Ends the token, with what was leased to it. */
  async revokeSelf(): Promise<void> {
    const url = new URL('/v1/auth/token/revoke-self', this.#address);
    await this.#send('POST', url);
  }

  /** Sets these keys beside those of `before`. @throws ServerError of status 400 when the secret is another version by now */
  async write(path: string, before: KvSecret, change: Readonly<Record<string, string>>): Promise<void> {
    const data = { ...before.data, ...change };
    const secrets = Object.values(data).filter((value) => typeof value === 'string');
    await this.#send('POST', this.#at('data', path), { options: { cas: before.version }, data }, secrets);
  }

  /** Sets these entries of the path's metadata beside those of `before`. */
  async annotate(path: string, before: KvSecret, change: Readonly<Record<string, string>>): Promise<void> {
    const body = { custom_metadata: { ...before.customMetadata, ...change } };
    await this.#send('POST', this.#at('metadata', path), body);
  }

  /** Undefined where there is none. @param objects fields that every such answer has, lest nothing be taken for empty */
  async #get<T>(part: Part, path: string, objects: readonly string[]): Promise<T | undefined> {
    const url = this.#at(part, path);
    return unlessNotFound(
      this.#send('GET', url).then((answer) => {
        const data = (answer as Fields | undefined)?.['data'] as Fields | undefined;
        if (objects.every((field) => typeof (data?.[field] ?? undefined) === 'object')) return data as T;
        const detail = `the answer has no ${objects.join(' and ')}; check that this address is Vault`;
        throw new ServerError({ method: 'GET', url, kind: 'malformed', detail });
      }),
    );
  }

  #at(part: Part, path: string): URL {
    return new URL(`/v1/${this.#mount}/${part}/${path}`, this.#address);
  }

  #send(method: 'GET' | 'POST', url: URL, json?: object, secrets: readonly string[] = []): Promise<unknown> {
    return askJson(this.#transport, { method, url, headers: this.#headers, json, secrets }, LIMITS);
  }
}

function whyNot({ kind, message, url }: ServerError, mount: string, origin: string): string {
  if (kind === 'denied')
    return `the token is expired, unknown or may see nothing below the mount "${mount}", got 403; log in again (vault login), or name the right mount`;
  if (/got 503 ".*sealed/i.test(message))
    return 'it is sealed or not initialized, got 503; vault operator unseal';
  const remedy =
    url.origin === origin
      ? 'correct VAULT_ADDR if this is no Vault'
      : `where Vault itself is at ${url.origin}, set VAULT_ADDR to that`;
  return `${message}; ${remedy}`;
}

interface MountAnswer {
  readonly data?: { readonly type?: string; readonly options?: { readonly version?: string } | null } | null;
}

type Part = 'data' | 'metadata';
type Fields = Readonly<Record<string, unknown>> | null;

interface MetadataAnswer {
  readonly current_version?: number | null;
  readonly custom_metadata?: Readonly<Record<string, string>> | null;
}

interface DataAnswer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: { readonly version?: number | null };
}
