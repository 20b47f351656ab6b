import { ForgejoApi } from '../../clients/forgejo/api';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { updateGroup, type Group } from '../../clients/pushgateway';
import { RegistryClient } from '../../clients/oci/client';
import { RegistryError } from '../../clients/http/errors';
import type { TransportProps } from '../../clients/http/transport';
import { findBroken, partsOfLeaving } from './aftermath';
import { brakeOf, describeBrake } from './brake';
import { proveAuthority, removeAbandoned } from './canary';
import { EXIT, type ExitCode } from '../exit-code';
import { withGrace, WORK_GRACE_MS } from '../grace';
import { tell } from '../tell';
import type { RetentionConfig } from './config';
import { execute } from './execute';
import { expectedPackages } from './last-run';
import { gaugesOf } from './metrics';
import { keptTagsOf, plan } from './plan';
import { executionLines, planLines, type RunReport } from './report';
import { findProtections, missingTags, readManifests, takeInventory } from './survey';

export interface RunOptions {
  readonly config: RetentionConfig;
  /** Forgejo's personal access token with `write:package`. */
  readonly token: string;
  /** The token of the pod's ServiceAccount. */
  readonly clusterToken?: string;
  readonly print: (line: string) => void;
  /** Ends the run, in any phase; what was done by then is still reported and pushed. */
  readonly signal: AbortSignal;
  /** How patient the run is with its servers. @default the transport's own */
  readonly patience?: Pick<TransportProps, 'retries' | 'retryDelayMs' | 'timeoutMs'>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** One run, from the proof of its authority to its metrics. Never throws. */
export async function run(options: RunOptions): Promise<ExitCode> {
  const { config, print, signal } = options;
  const now = options.now ?? Date.now;
  const report: RunReport = { startedAtMs: now(), executed: [], broken: [], missing: [] };
  let code: ExitCode;
  try {
    code = await withGrace(signal, WORK_GRACE_MS, (late) => retain(options, report, late));
  } catch (error) {
    report.failure = error instanceof Error ? error.message : String(error);
    print(report.failure);
    code = isRefusal(error) ? EXIT.refused : EXIT.failed;
  }
  const pushgateway = { url: config.pushgatewayUrl, group: groupOf(config) };
  return tell({
    ...{ code, signal, print },
    push: (as, late) => updateGroup({ ...pushgateway, signal: late }, gaugesOf(report, config, as, now())),
  });
}

async function retain(
  { config, token, clusterToken, patience, print, signal }: RunOptions,
  report: RunReport,
  late: AbortSignal,
): Promise<ExitCode> {
  const concurrency = config.maxConcurrentRequests ?? 16;
  const limits = { ...patience, maxConcurrentRequests: concurrency, signal };
  const forgejo = { url: config.forgeUrl, owner: config.owner, token, ...limits };
  const api = new ForgejoApi(forgejo);
  const credentials = { username: config.tokenUser, password: token };
  const client = new RegistryClient({
    ...{ url: config.forgeUrl, credentials, realmHosts: config.registryHosts },
    ...limits,
  });
  const cluster = new KubernetesApi({
    url: config.kubernetesUrl ?? 'https://kubernetes.default.svc',
    ...{ ...patience, signal },
    ...(clusterToken === undefined ? {} : { token: clusterToken }),
  });

  await proveAuthority(client, api, report.startedAtMs);
  const { packages: listed, canaries } = await takeInventory(api);
  await removeAbandoned(api, canaries, report.startedAtMs);
  const expected = await expectedPackages(config.pushgatewayUrl, groupOf(config), signal);
  report.packages = { seen: listed.length, expected: Math.max(listed.length, expected ?? 0) };
  const packages = await readManifests(client, listed, config, concurrency);
  // Last, so that what was rolled out while the registry was read is known.
  const protections = await findProtections(cluster, config);
  signal.throwIfAborted();
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
    // What is being deleted when the run must end is not cut, so that the report can tell what became of it.
    report.executed = await execute(new ForgejoApi({ ...forgejo, signal: late }), deletions, {
      concurrency,
      signal,
    });
  const touched = new Set(deletions.map((each) => each.package));
  if (signal.aborted) executionLines(report, config).forEach(print);
  signal.throwIfAborted();
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
