import { ForgejoApi } from '../../clients/forgejo/api';
import type { TransportProps } from '../../clients/http/transport';
import { RegistryClient } from '../../clients/oci/client';
import type { RetentionConfig } from './config';

/** Forgejo takes ten times as much; what builders write is a hundredth, and sixteen at a time fit the pod's memory. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

export interface ForgeProps extends Pick<
  TransportProps,
  'retries' | 'retryDelayMs' | 'timeoutMs' | 'signal'
> {
  readonly config: RetentionConfig;
  /** @default the configuration's own */
  readonly url?: string;
  /** @default the configuration's own */
  readonly user?: string;
  /** Forgejo's personal access token of that user. */
  readonly token: string;
  /** Which token this takes and what to run when the forge refuses it. */
  readonly authority: string;
}

/** Both sides of one Forgejo, with one account. */
export interface Forge {
  readonly owner: string;
  readonly client: RegistryClient;
  readonly api: ForgejoApi;
  /** The package API of any owner, until a signal of its own. */
  readonly apiOf: (owner: string, signal?: AbortSignal) => ForgejoApi;
  /** Requests at a time. */
  readonly concurrency: number;
}

export function forgeOf({ config, token, authority, ...props }: ForgeProps): Forge {
  const { url = config.forgeUrl, user = config.tokenUser, ...patience } = props;
  const concurrency = config.maxConcurrentRequests ?? 16;
  const limits = { ...patience, maxConcurrentRequests: concurrency };
  const apiOf = (owner: string, signal = limits.signal): ForgejoApi =>
    new ForgejoApi({
      ...{ url, owner, token, ...limits },
      authority: owner === config.owner ? authority : othersAreOptional(owner),
      ...(signal === undefined ? {} : { signal }),
    });
  const client = new RegistryClient({
    ...{ url, credentials: { username: user, password: token }, realmHosts: config.registryHosts },
    ...{ maxManifestBytes: MAX_MANIFEST_BYTES, authority, ...limits },
  });
  return { owner: config.owner, client, api: apiOf(config.owner), apiOf, concurrency };
}

const othersAreOptional = (owner: string): string =>
  `retention takes the delete token, which need not see the packages of "${owner}"; where it may see them, it keeps more of what both share`;
