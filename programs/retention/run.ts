import { KubernetesApi } from '../../clients/kubernetes/api';
import { imagesInUse, type ClusterImages } from '../../clients/kubernetes/images';
import { updateGroup, type Group } from '../../clients/pushgateway';
import { ServerError } from '../../clients/http/errors';
import type { TransportProps } from '../../clients/http/transport';
import { exceptListed, findBroken, findGone, packagesAfter } from './aftermath';
import { brakeOf, describeBrake } from './brake';
import { proveAuthority, removeAbandoned } from './canary';
import { EXIT, type ExitCode } from '../exit-code';
import { withGrace, WORK_GRACE_MS } from '../grace';
import { tell } from '../tell';
import type { RetentionConfig } from './config';
import { decide } from './decide';
import { execute } from './execute';
import { FreshNeeds } from './fresh-needs';
import { forgeOf, type Forge } from './forge';
import { freedBy } from './freed';
import { expectedByLastRun } from './last-run';
import { gaugesOf } from './metrics';
import type { Package } from './package';
import { keptTagsOf } from './plan';
import { aftermathLines, executionLines, planLines, type RunReport } from './report';

export interface RunOptions {
  readonly config: RetentionConfig;
  /** Forgejo's personal access token with `write:package`. */
  readonly token: string;
  /** The token of the pod's ServiceAccount. */
  readonly clusterToken?: string;
  /** The pod that this runs in; its absence from the lists means that they are not this cluster's. */
  readonly pod: { readonly namespace: string; readonly name: string };
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
  const report: RunReport = { startedAtMs: now(), executed: [] };
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
  { config, token, clusterToken, pod, patience, print, signal }: RunOptions,
  report: RunReport,
  late: AbortSignal,
): Promise<ExitCode> {
  const authority = `retention takes the delete token: one of "${config.tokenUser}" with write:package, where that account owns the packages of "${config.owner}" or its team may write them; run ./registry bootstrap plan`;
  const forge = forgeOf({ config, token, authority, signal, ...patience });
  const cluster = new KubernetesApi({
    url: config.kubernetesUrl ?? 'https://kubernetes.default.svc',
    ...{ ...patience, signal },
    authority: `retention takes the token of this pod's ServiceAccount, which may list pods and workloads of every namespace; run kubectl get pod -n ${pod.namespace} ${pod.name} -o jsonpath={.spec.serviceAccountName} and apply the stack that binds its ClusterRole`,
    ...(clusterToken === undefined ? {} : { token: clusterToken }),
  });

  await proveAuthority(forge.client, forge.api, report.startedAtMs);
  const expected = await expectedByLastRun(config.pushgatewayUrl, groupOf(config), signal);
  const decision = await decide(forge, cluster, config, report.startedAtMs);
  signal.throwIfAborted();
  const { packages, plan } = decision;
  await removeAbandoned(forge.api, decision.canaries, report.startedAtMs);
  // What only digests name is not counted: Forgejo's sweep, and the plan, may take a package that has no tag.
  const seen = packages.filter(({ tags }) => tags.length > 0).length;
  report.packages = { seen, expected: Math.max(seen, expected.packages ?? 0) };
  report.manifests = countManifests(packages);
  assertOwnPod(decision.cluster, pod);
  const objects = decision.cluster?.objects ?? 0;
  const brake = brakeOf({ packages: seen, objects }, expected);
  report.cluster = {
    seen: objects,
    expected: brake?.kind === 'shrunken-cluster' ? brake.expected : objects,
  };
  report.decision = decision;
  planLines(decision, config.owner).forEach(print);

  if (brake !== undefined && brake.kind !== 'first-run') throw new Refusal(describeBrake(brake));
  if (brake !== undefined) print(describeBrake(brake));
  assertReadEnough(packages);
  const freed = await freedBy(forge, packages, plan.units);
  if (freed !== undefined) report.freedBytes = freed;
  const deletes = config.mode === 'enforce' && brake === undefined;
  if (deletes)
    // What is being deleted when the run must end is not cut, so that the report can tell what became of it.
    report.executed = await execute(forge.apiOf(config.owner, late), plan.units, {
      packages,
      needs: new FreshNeeds(async () => {
        const seen = await imagesInUse(cluster, config.owner);
        const isShrunken = brakeOf({ packages: 0, objects: seen.objects }, { packages: 0, objects });
        const isOwn = seen.pods.has(`${pod.namespace}/${pod.name}`);
        if (isShrunken !== undefined || !isOwn)
          throw new Error(
            `nothing more is deleted because the cluster shows less than for the plan, got ${seen.objects} of ${objects} objects${isOwn ? '' : ", without this job's own pod"}; look at the API server, and let the next run go on`,
          );
        return decision.planWith(seen);
      }),
      concurrency: forge.concurrency,
      signal,
    });
  const isChanged = deletes && plan.units.length > 0 && !signal.aborted;
  const after = await (isChanged ? asLeft(forge, report, packages) : Promise.resolve(packages)).finally(
    () => {
      executionLines(report, config).forEach(print);
    },
  );
  signal.throwIfAborted();
  const stay = report.executed
    .filter(({ outcome }) => outcome.kind === 'needed-since')
    .map(({ unit }) => unit);
  const leaving = plan.units.filter((unit) => !stay.includes(unit));
  const kept = [
    ...keptTagsOf(plan),
    ...stay.flatMap(({ package: name, tags }) => tags.map(({ tag }) => ({ package: name, tag }))),
  ];
  report.broken = [...(await findBroken(forge, after, leaving)), ...findGone(kept, after)];
  aftermathLines(report, config.owner).forEach(print);
  return exitCodeOf(report);
}

/** The packages as the deletions left them; what is listed all the same was not deleted, whatever the forge answered. */
async function asLeft(
  forge: Forge,
  report: RunReport,
  before: readonly Package[],
): Promise<readonly Package[]> {
  try {
    const after = await packagesAfter(forge, before);
    report.executed = exceptListed(report.executed, before, after);
    return after;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    // No refusal, whatever it was: something was deleted before.
    throw new Error(
      `retention: what stays could not be checked after the deletions, got "${got}"; read the integrity probe's log, and run again`,
      { cause },
    );
  }
}

function countManifests(packages: readonly Package[]): NonNullable<RunReport['manifests']> {
  const manifests = packages.flatMap(({ tags, digests, strange = [] }) => [
    ...[...tags, ...digests].flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest])),
    ...strange.map(({ name }) => ({ unread: name })),
  ]);
  return { wanted: manifests.length, unread: manifests.filter((each) => 'unread' in each).length };
}

/** The most of the manifests that may be unread: more is not a damaged image but a registry that does not answer. */
const MAX_UNREAD_SHARE = 0.2;

/** A version with a name that nobody can ask for keeps its own package alone, whatever number of them there is. */
function assertReadEnough(packages: readonly Package[]): void {
  const { wanted, unread } = countManifests(packages.map((owner) => ({ ...owner, strange: [] })));
  if (unread === 0 || (unread < wanted && (unread === 1 || unread <= wanted * MAX_UNREAD_SHARE))) return;
  throw new Error(
    `retention: nothing is deleted because too little could be read, got ${wanted - unread} of ${wanted} manifests (${Math.floor((100 * (wanted - unread)) / wanted)} %); look at the registry's load and log`,
  );
}

/**
 * The view of the cluster is proved like the token: a server that answers every list with nothing, or for another cluster,
 * does not have the pod that asks.
 */
function assertOwnPod(seen: ClusterImages | undefined, pod: RunOptions['pod']): void {
  if (seen?.pods.has(`${pod.namespace}/${pod.name}`) === true) return;
  throw new Refusal(
    `retention: nothing is deleted because the cluster's lists lack this job's own pod, got ${seen?.pods.size ?? 0} pods without "${pod.namespace}/${pod.name}"; check that kubernetesUrl is this cluster and what the ServiceAccount may list`,
  );
}

function exitCodeOf({ executed, broken = [], manifests }: RunReport): ExitCode {
  if (executed.some(({ outcome }) => outcome.kind === 'failed' || outcome.kind === 'not-tried'))
    return EXIT.failed;
  return broken.length > 0 || (manifests?.unread ?? 0) > 0 ? EXIT.faults : EXIT.done;
}

function isRefusal(error: unknown): boolean {
  return error instanceof Refusal || (error instanceof ServerError && error.refused);
}

/** One group for each forge, so that two of them do not overwrite each other. */
function groupOf({ registryHosts, owner }: RetentionConfig): Group {
  return { job: 'forgejo-retention', instance: registryHosts[0] ?? '', owner };
}

class Refusal extends Error {}
