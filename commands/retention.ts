import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ForgejoApi } from '../clients/forgejo/api';
import { isDigest } from '../clients/forgejo/tag';
import { KubernetesApi } from '../clients/kubernetes/api';
import { RegistryClient } from '../clients/oci/client';
import { live } from '../programs/life';
import { DEFAULT_POLICY, parseConfig, type RetentionConfig } from '../programs/retention/config';
import { partsOf } from '../programs/retention/image';
import { describeMissing, missingReferences } from '../programs/retention/missing';
import { plan, type Plan } from '../programs/retention/plan';
import { describe } from '../programs/retention/reason';
import { MAX_MANIFEST_BYTES } from '../programs/retention/run';
import { findProtections, readManifests, takeInventory } from '../programs/retention/survey';

const USAGE =
  'usage: npm run retention -- --against <forge url> [--config <config.json of the job>] [--owner <name>] [--cluster <api url, e.g. of kubectl proxy>] [--json]; FORGEJO_USER, FORGEJO_TOKEN and KUBERNETES_TOKEN in the environment';

export interface RetentionProps {
  readonly args: readonly string[];
  readonly user: string;
  readonly token: string;
  readonly clusterToken?: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly signal: AbortSignal;
  /** @default Date.now() */
  readonly nowMs?: number;
}

interface Row {
  readonly package: string;
  readonly version: string;
  readonly ageHours: number;
  readonly bytes: number | undefined;
  readonly decision: 'keep' | 'delete';
  readonly reason: string;
}

/** Prints what a run would decide about each tag, and why. It reads, and never deletes or pushes. */
export async function retention(props: RetentionProps): Promise<0> {
  const { signal } = props;
  const { against, clusterUrl, json, config } = parse(props);
  const nowMs = props.nowMs ?? Date.now();
  const api = new ForgejoApi({ url: against, owner: config.owner, token: props.token, signal });
  const credentials = { username: props.user, password: props.token };
  const client = new RegistryClient({
    ...{ url: against, credentials, realmHosts: config.registryHosts, signal },
    maxManifestBytes: MAX_MANIFEST_BYTES,
  });
  const cluster =
    clusterUrl === undefined
      ? undefined
      : new KubernetesApi({
          url: clusterUrl,
          signal,
          ...(props.clusterToken === undefined ? {} : { token: props.clusterToken }),
        });
  if (cluster === undefined)
    props.err(
      'retention: the cluster was not asked (no --cluster), so what it runs is not protected in this plan\n',
    );
  if (config.estateReferences.length === 0)
    props.err(
      'retention: the estate was not asked (no --config), so what it names is not protected in this plan\n',
    );
  const { packages: listed } = await takeInventory(api);
  const packages = await readManifests(client, listed, config, 16);
  const { protections } = await findProtections(cluster, config);
  const decided = plan({ packages, protections, policy: config, nowMs });
  const rows = await rowsOf(decided, config.owner, client, nowMs);
  const missing = missingReferences(packages, protections).map(describeMissing);
  if (json) props.out(`${JSON.stringify({ rows, missing }, null, 2)}\n`);
  else {
    props.out(formatTable(rows));
    for (const line of missing) props.out(`${config.owner}/${line}\n`);
    const bytes = rows.filter(({ decision }) => decision === 'delete').length;
    props.out(`${rows.length} tags: keep ${rows.length - bytes}, delete ${bytes}; nothing was deleted\n`);
  }
  return 0;
}

function parse({ args, user }: RetentionProps): {
  readonly against: string;
  readonly clusterUrl: string | undefined;
  readonly json: boolean;
  readonly config: Pick<RetentionConfig, 'owner' | 'registryHosts' | 'estateReferences'> &
    typeof DEFAULT_POLICY;
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string' },
      config: { type: 'string' },
      owner: { type: 'string' },
      cluster: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { against, config: file, owner, cluster, json } = values;
  if (against === undefined) throw new Error(`retention: no forge to look at; ${USAGE}`);
  const config =
    file === undefined
      ? { ...DEFAULT_POLICY, owner: user, registryHosts: [new URL(against).host], estateReferences: [] }
      : parseConfig(readFileSync(file, 'utf8'));
  return {
    against,
    clusterUrl: cluster,
    json,
    config: { ...config, ...(owner === undefined ? {} : { owner }) },
  };
}

async function rowsOf(
  { keeps, units }: Plan,
  owner: string,
  client: RegistryClient,
  nowMs: number,
): Promise<readonly Row[]> {
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
      ageHours: Math.floor((nowMs - createdAtMs) / 3_600_000),
      bytes: await bytesOf(client, `${owner}/${name}`, version),
      decision,
      reason: describe(reason),
    })),
  );
}

/** What an image weighs with all its platforms; unknown when a part of it does not answer. */
async function bytesOf(client: RegistryClient, repository: string, tag: string): Promise<number | undefined> {
  try {
    return [...(await partsOf(client, repository, tag)).values()].reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    return undefined;
  }
}

function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ package: name, version, ageHours, bytes, decision, reason }) => [
    `${name}:${version}`,
    ageHours < 48 ? `${ageHours} h` : `${Math.floor(ageHours / 24)} d`,
    bytes === undefined ? '?' : formatBytes(bytes),
    decision,
    reason,
  ]);
  const head = ['TAG', 'AGE', 'SIZE', 'DECISION', 'REASON'];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...cells]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${units[unit] ?? ''}`;
}

const DEADLINE_SECONDS = 3600;

if (require.main === module) {
  const { FORGEJO_USER: user = '', FORGEJO_TOKEN: token = '', KUBERNETES_TOKEN: clusterToken } = process.env;
  void live({
    name: 'retention',
    begin: () => ({
      deadlineSeconds: DEADLINE_SECONDS,
      run: (signal) =>
        retention({
          args: process.argv.slice(2),
          user,
          token,
          ...(clusterToken === undefined ? {} : { clusterToken }),
          out: (text) => process.stdout.write(text),
          err: (text) => process.stderr.write(text),
          signal,
        }),
    }),
  });
}
