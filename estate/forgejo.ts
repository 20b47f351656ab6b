import type { VaultKey } from './tokens';

/** Hard limits of a namespace's ResourceQuota. */
export interface Quota {
  readonly requestsCpu: string;
  readonly requestsMemory: string;
  readonly limitsMemory: string;
  readonly pods: number;
}

export interface ForgejoFacts {
  /** Below the root domain. */
  readonly host: string;
  readonly publicDns: PublicDnsFacts;
  readonly namespace: string;
  /** Value of the namespace label `tier`, from which the cluster's policies generate limits. */
  readonly tierLabel: string;
  /** Full version: `:11` was rewritten to 1.18 by an auto-updater on 2026-05-24. */
  readonly image: string;
  /** Request and limit alike. 1Gi and 3Gi were OOM-killed by push storms on 2026-06-09. */
  readonly memory: string;
  readonly cpuRequest: string;
  /** The namespace's own quota, in place of the tier's 4Gi of requests, which turned 6Gi away on 2026-06-13. */
  readonly quota: Quota;
  readonly storage: ForgejoStorage;
  readonly registryIngress: RegistryIngressProfile;
  readonly packages: PackageOwner;
}

/** Whose packages these are. An organization's may be written by the members of a team that it lets write them. */
export type PackageOwner =
  | { readonly owner: string; readonly ownerIs: 'user' }
  | { readonly owner: string; readonly ownerIs: 'organization'; readonly writers: readonly string[] };

/** Who makes Forgejo's public DNS records. */
export type PublicDnsFacts =
  | { readonly madeBy: 'cloudflare'; readonly email: VaultKey; readonly apiKey: VaultKey }
  /** Outside of these stacks, such as by a controller that reads Ingresses. */
  | { readonly madeBy: 'others' };

/** What pushes and pulls need of the way in. Size alone is not enough: time is what cut large layers (incident 57). */
export interface RegistryIngressProfile {
  /** Largest request body, as Traefik's Buffering middleware is told. */
  readonly maxBodySize: string;
  /** Longest single transfer, which the entry point's timeouts must allow: 5 GiB at 12 Mbit/s. */
  readonly transferSeconds: number;
  /**
   * Shared middlewares that `/v2` does not pass through: `retry` would replay an upload, `error-pages` replaces the
   * registry's own errors, `rate-limit` (10/s) and the bot rules turn clients away in mid-push.
   */
  readonly bypasses: readonly ('retry' | 'error-pages' | 'rate-limit' | 'ai-bot-block' | 'anti-ai-headers')[];
}

/** The data volume and how pvc-autoresizer grows it. */
export interface ForgejoStorage {
  readonly claimName: string;
  readonly initial: string;
  readonly ceiling: string;
  readonly increasePercent: number;
  /** Free space below which it grows; `80` meant "80 % free" and never fired (incident 2026-05-10). */
  readonly freeThresholdPercent: number;
  readonly storageClass: string;
}

export const forgejo = {
  host: 'forgejo.viktorbarzin.me',
  publicDns: {
    madeBy: 'cloudflare',
    email: { path: 'platform', key: 'cloudflare_email' },
    apiKey: { path: 'platform', key: 'cloudflare_api_key' },
  },
  namespace: 'forgejo',
  tierLabel: '3-edge',
  image: 'codeberg.org/forgejo/forgejo:11.0.14',
  memory: '6Gi',
  cpuRequest: '15m',
  quota: { requestsCpu: '4', requestsMemory: '8Gi', limitsMemory: '32Gi', pods: 30 },
  storage: {
    claimName: 'forgejo-data-encrypted',
    initial: '15Gi',
    ceiling: '50Gi',
    increasePercent: 50,
    freeThresholdPercent: 10,
    storageClass: 'proxmox-lvm-encrypted',
  },
  registryIngress: {
    maxBodySize: '5g',
    transferSeconds: 3600,
    bypasses: ['retry', 'error-pages', 'rate-limit', 'ai-bot-block', 'anti-ai-headers'],
  },
  packages: { owner: 'viktor', ownerIs: 'user' },
} as const satisfies ForgejoFacts;
