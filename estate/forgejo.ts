import type { Quota, TierName } from './tiers';

/** What Forgejo is in this homelab. */
export interface ForgejoFacts {
  readonly host: string;
  readonly namespace: string;
  readonly tier: TierName;
  /** Full version: `:11` was rewritten to 1.18 by an auto-updater on 2026-05-24. */
  readonly image: string;
  /** Request and limit alike. 1Gi and 3Gi were OOM-killed by push storms on 2026-06-09. */
  readonly memory: string;
  readonly cpuRequest: string;
  /** The namespace's own quota, in place of the tier's 4Gi of requests, which turned 6Gi away on 2026-06-13. */
  readonly quota: Quota;
  readonly storage: ForgejoStorage;
  readonly registryIngress: RegistryIngressProfile;
  /** Account whose packages these are. */
  readonly packagesOwner: string;
}

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
  namespace: 'forgejo',
  tier: 'edge',
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
  packagesOwner: 'viktor',
} as const satisfies ForgejoFacts;
