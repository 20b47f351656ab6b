import { ForgejoApi } from '../../clients/forgejo/api';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { updateGroup, type Group } from '../../clients/pushgateway';
import { RegistryClient } from '../../clients/oci/client';
import { RegistryError } from '../../clients/http/errors';
import type { TransportProps } from '../../clients/http/transport';
import { findBroken, partsOfLeaving } from './aftermath';
import { brakeOf, describeBrake } from './brake';
import { proveAuthority, removeAbandoned } from './canary';
import type { RetentionConfig } from './config';
import { execute } from './execute';
import { expectedPackages } from './last-run';
import { gaugesOf } from './metrics';
import { keptTagsOf, plan } from './plan';
import { executionLines, planLines, type RunReport } from './report';
import { findProtections, missingTags, readManifests, takeInventory } from './survey';

/**
 * How a run ended: 0 all done and well; 1 it could not do its job and may be tried again; 2 the job is done and something
 * is broken; 3 refused, and trying again is useless before somebody has acted (configuration, authority, a brake).
 */
export const EXIT = { done: 0, failed: 1, faults: 2, refused: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface RunOptions {
  readonly config: RetentionConfig;
  /** Forgejo's personal access token with `write:package`. */
  readonly token: string;
  /** The token of the pod's ServiceAccount. */
  readonly clusterToken?: string;
  readonly print: (line: string) => void;
  /** Why nothing further may be started, asked between requests: `SIGTERM`. */
  readonly stopped: () => string | undefined;
  /** How patient the run is with its servers. @default the transport's own */
  readonly patience?: Pick<TransportProps, 'retries' | 'retryDelayMs' | 'timeoutMs'>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** One run, from the proof of its authority to its metrics. Never throws. */
export async function run(options: RunOptions): Promise<ExitCode> {
  const { config, print } = options;
  const now = options.now ?? Date.now;
  const report: RunReport = { startedAtMs: now(), executed: [], broken: [], missing: [] };
  let code: ExitCode;
  try {
    code = await retain(options, report);
  } catch (error) {
    report.failure = error instanceof Error ? error.message : String(error);
    print(report.failure);
    code = isRefusal(error) ? EXIT.refused : EXIT.failed;
  }
  const group = groupOf(config);
  try {
    await updateGroup({ url: config.pushgatewayUrl, group }, gaugesOf(report, config, now()));
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return code === EXIT.done ? EXIT.failed : code;
  }
  return code;
}

async function retain(
  { config, token, clusterToken, patience, print, stopped }: RunOptions,
  report: RunReport,
): Promise<ExitCode> {
  const concurrency = config.maxConcurrentRequests ?? 16;
  const limits = { ...patience, maxConcurrentRequests: concurrency };
  const api = new ForgejoApi({ url: config.forgeUrl, owner: config.owner, token, ...limits });
  const credentials = { username: config.tokenUser, password: token };
  const client = new RegistryClient({ url: config.forgeUrl, credentials, ...limits });
  const cluster = new KubernetesApi({
    url: config.kubernetesUrl ?? 'https://kubernetes.default.svc',
    ...patience,
    ...(clusterToken === undefined ? {} : { token: clusterToken }),
  });

  await proveAuthority(client, api, report.startedAtMs);
  const { packages: listed, canaries } = await takeInventory(api);
  await removeAbandoned(api, canaries, report.startedAtMs);
  const expected = await expectedPackages(config.pushgatewayUrl, groupOf(config));
  report.packages = { seen: listed.length, expected: Math.max(listed.length, expected ?? 0) };
  const packages = await readManifests(client, listed, config, concurrency);
  // Last, so that what was rolled out while the registry was read is known.
  const protections = await findProtections(cluster, config);
  report.missing = missingTags(packages, protections);
  report.plan = plan({ packages, protections, policy: config, nowMs: report.startedAtMs });
  const { deletions } = report.plan;
  planLines(report, config.owner).forEach(print);

  const brake = brakeOf(listed.length, expected);
  if (brake !== undefined) print(describeBrake(brake));
  if (brake?.kind === 'shrunken') throw new Refusal(describeBrake(brake));
  const around = { client, owner: config.owner, concurrency };
  const freed = await partsOfLeaving(around, deletions);
  if (config.mode === 'enforce' && brake === undefined)
    report.executed = await execute(api, deletions, { concurrency, stopped });
  const touched = new Set(deletions.map((each) => each.package));
  report.broken = await findBroken(around, keptTagsOf(report.plan, touched), freed);
  if (freed !== undefined) report.freedBytes = [...freed.values()].reduce((sum, bytes) => sum + bytes, 0);
  executionLines(report, config).forEach(print);
  return exitCodeOf(report);
}

function exitCodeOf({ executed, broken }: RunReport): ExitCode {
  if (executed.some(({ outcome }) => outcome.kind === 'failed' || outcome.kind === 'not-tried'))
    return EXIT.failed;
  return broken.length > 0 ? EXIT.faults : EXIT.done;
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Refusal ||
    (error instanceof RegistryError && (error.kind === 'unauthorized' || error.kind === 'denied'))
  );
}

/** One group for each forge, so that two of them do not overwrite each other. */
function groupOf({ registryHosts, owner }: RetentionConfig): Group {
  return { job: 'forgejo-retention', instance: registryHosts[0] ?? '', owner };
}

class Refusal extends Error {}
