import { isDigest } from '../../clients/forgejo/tag';
import { KubernetesApi } from '../../clients/kubernetes/api';
import type { RegistryClient } from '../../clients/oci/client';
import type { RetentionConfig } from './config';
import { decide } from './decide';
import { forgeOf, type Forge } from './forge';
import { partsOf } from './image';
import { describeMissing } from './missing';
import type { Plan } from './plan';
import { describe } from './reason';

const KUBERNETES_AUTHORITY =
  'this takes an account that may list pods and workloads of every namespace; run kubectl proxy as one and name it with --cluster, or export its KUBERNETES_TOKEN';

export interface PreviewProps {
  /** What the job is told; it says all but where this process reaches the forge and the cluster. */
  readonly config: RetentionConfig;
  readonly forgeUrl: string;
  readonly user: string;
  readonly token: string;
  /** Undefined asks no cluster, and protects nothing that it runs. */
  readonly cluster: { readonly url: string; readonly token?: string } | undefined;
  readonly signal: AbortSignal;
  /** @default Date.now() */
  readonly nowMs?: number;
}

export interface Preview {
  /** By package, the newest first. */
  readonly rows: readonly PreviewRow[];
  /** What is needed and is not there. */
  readonly missing: readonly string[];
  /** What is not known of other owners. */
  readonly unknown: readonly string[];
}

export interface PreviewRow {
  readonly package: string;
  readonly version: string;
  readonly ageHours: number;
  /** Undefined when a part of the image does not answer. */
  readonly bytes: number | undefined;
  readonly decision: 'keep' | 'delete';
  readonly reason: string;
}

/** What a run of the job would decide about each tag, and why. It reads, and never deletes or pushes. */
export async function preview(props: PreviewProps): Promise<Preview> {
  const { config, forgeUrl: url, user, token, cluster, signal, nowMs = Date.now() } = props;
  const { owner } = config;
  const authority = `this takes FORGEJO_TOKEN, one of "${user}" with read:package, and an account that sees the packages of "${owner}"; export both, or run ./registry bootstrap plan`;
  const forge = forgeOf({ config, url, user, token, authority, signal });
  const asked =
    cluster === undefined
      ? undefined
      : new KubernetesApi({ ...cluster, authority: KUBERNETES_AUTHORITY, signal });
  const { plan, missing, unknown } = await decide(forge, asked, config, nowMs);
  return {
    rows: await rowsOf(plan, forge, nowMs),
    missing: missing.map((each) => `${owner}/${describeMissing(each)}`),
    unknown,
  };
}

async function rowsOf(
  { keeps, units }: Plan,
  { owner, client }: Forge,
  nowMs: number,
): Promise<readonly PreviewRow[]> {
  const decided = [
    ...units.flatMap(({ package: name, tags, reason }) =>
      tags.map(({ tag, createdAtMs }) => ({
        ...{ package: name, version: tag, createdAtMs, reason },
        decision: 'delete' as const,
      })),
    ),
    ...keeps
      .filter(({ version }) => !isDigest(version))
      .map((each) => ({ ...each, decision: 'keep' as const })),
  ].sort((a, b) =>
    a.package === b.package ? b.createdAtMs - a.createdAtMs : a.package < b.package ? -1 : 1,
  );
  return Promise.all(
    decided.map(async ({ package: name, version, createdAtMs, decision, reason }) => ({
      package: name,
      version,
      ageHours: createdAtMs > 0 ? Math.floor((nowMs - createdAtMs) / 3_600_000) : Number.NaN,
      bytes: await bytesOf(client, `${owner}/${name}`, version),
      decision,
      reason: describe(reason),
    })),
  );
}

/** What an image weighs with all its platforms. */
async function bytesOf(client: RegistryClient, repository: string, tag: string): Promise<number | undefined> {
  const parts = await partsOf(client, repository, tag).catch(() => undefined);
  return parts && [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
}
