import { deleteGroup, replaceGroup, updateGroup } from '../../clients/pushgateway';
import { pushedSamples } from '../../clients/pushed-samples';
import { RegistryClient } from '../../clients/oci/client';
import type { ExitCode } from '../exit-code';
import { tell } from '../tell';
import type { TransportProps } from '../../clients/http/transport';
import type { Credentials } from '../../clients/http/authorizer';
import { ByteCheck } from './byte-check';
import { pullCanary } from './canary';
import { type IntegrityProbeConfig, parseHostlessReference, referencesByRepository } from './config';
import type { Fault } from './fault';
import { gaugesOf } from './metrics';
import { prefix } from './gauges';
import { blankMemory, type Memory, recall } from './memory';
import { remember } from './remember';
import { exitCodeOf, verdictOf } from './verdict';
import { walk } from './walk';

export interface RunProps {
  readonly config: IntegrityProbeConfig;
  /** What the nodes pull with. @default none, to ask anonymously */
  readonly credentials?: Credentials;
  readonly log: (line: string) => void;
  /** Ends the run, in any phase; what is known by then is still pushed. */
  readonly signal: AbortSignal;
  /** How patient the run is with the registry. @default the transport's own */
  readonly patience?: Pick<TransportProps, 'retries' | 'retryDelayMs' | 'timeoutMs'>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** A hundred times what builders write; what is larger is told as unreadable, for several at a time must fit the pod. */
const maxManifestBytes = 1024 ** 2;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Told one by one; what is beyond is in the numbers. */
const maxToldEach = 1000;

/** One run of the probe: looks, tells, pushes; answers the exit code. */
export async function run(props: RunProps): Promise<ExitCode> {
  const { config, credentials, log, signal, patience, now = Date.now } = props;
  const startedAtMs = now();
  const authority = authorityOf(config, credentials);
  const client = new RegistryClient({
    url: config.registryUrl,
    maxConcurrentRequests: config.maxConcurrentRequests,
    realmHosts: [config.instance],
    authority,
    ...(credentials === undefined ? {} : { credentials }),
    maxManifestBytes,
    ...patience,
    signal,
  });
  const periodMs = Math.max(config.rereadDays, config.deployedRereadDays) * dayMs;
  const before = await recallFor(config, startedAtMs, periodMs, log, signal);
  const { readUntilMs, windowMs: mostMs, damaged } = before ?? blankMemory(startedAtMs, 0);
  const sinceMs = before === undefined ? startedAtMs - config.intervalMinutes * minuteMs : readUntilMs;
  const windowMs = Math.min(mostMs, startedAtMs - sinceMs);
  const byteCheck = new ByteCheck({
    rereadMs: config.rereadDays * dayMs,
    deployedRereadMs: config.deployedRereadDays * dayMs,
    maxBytesPerRun: config.maxBytesPerRun,
    slot: { sinceMs, untilMs: sinceMs + windowMs },
    suspects: new Set(damaged.keys()),
  });
  const canary =
    config.canaryReference === undefined ? undefined : parseHostlessReference(config.canaryReference);
  const pulled = canary && (await pullCanary(client, canary, signal));
  if (pulled?.pulled === false) log(`canary ${config.canaryReference ?? ''}: ${pulled.error.message}`);
  let faultLines = 0;
  const result = await walk({
    client,
    deployed: referencesByRepository(config.deployedReferences),
    byteCheck,
    round: Math.floor(startedAtMs / (config.intervalMinutes * minuteMs)),
    maxConcurrency: config.maxConcurrentRequests,
    onFault: (fault) => {
      if ((faultLines += 1) <= maxToldEach) log(formatFault(fault));
    },
    signal,
  });
  if (faultLines > maxToldEach) log(`and ${faultLines - maxToldEach} faults more`);
  for (const name of result.missingRepositories)
    log(`${name}: the cluster pulls from it and the registry does not list it`);
  for (const name of result.deniedRepositories.slice(0, maxToldEach))
    log(`${name}: the registry lists it and refuses it to these credentials; ${authority}`);
  const denied = result.deniedRepositories.length - maxToldEach;
  if (denied > 0) log(`and ${denied} repositories more that it refuses`);
  if (result.interruption !== undefined) log(`${result.interruption.reason}: ${result.interruption.message}`);

  // Another run may have pushed since; one that was told to stop has no time to ask.
  const meanwhile =
    before === undefined || signal.aborted
      ? before
      : await recallFor(config, startedAtMs, periodMs, log, signal);
  const after =
    before === undefined || meanwhile === undefined
      ? undefined
      : remember({
          ...{ before, meanwhile, result, byteCheck, windowMs, periodMs },
          ...{ maxBytesPerRun: config.maxBytesPerRun, nowMs: startedAtMs },
        });
  after?.lines.forEach((line) => {
    log(line);
  });
  for (const [name, emptiedAtMs] of after?.memory.emptied ?? [])
    log(`${name}: had tags until ${new Date(emptiedAtMs).toISOString()} and has none`);

  const verdict = verdictOf({
    result,
    emptied: after?.memory.emptied.size ?? 0,
    canaryFailed: pulled?.pulled === false,
    forgetful: after === undefined,
    bytesRead: after !== undefined && after.memory.readUntilMs >= after.memory.sinceMs,
  });
  const report = {
    ...{ instance: config.instance, result, verdict, byteCheck, startedAtMs, endedAtMs: now() },
    ...(after === undefined ? {} : { memory: after.memory }),
    ...(pulled === undefined || signal.aborted ? {} : { canary: pulled }),
  };
  const put = result.interruption === undefined && after !== undefined ? replaceGroup : updateGroup;
  log(
    `${config.instance}: ${verdict}, ${result.repositories} of ${result.listedRepositories} repositories, ${result.tags} tags, ${result.manifests} manifests, ${result.blobs} blobs there, ${byteCheck.hashedBlobs} of them read (${byteCheck.hashedBytes} bytes), ${byteCheck.unreadBytes} bytes left unread`,
  );
  return tell({
    ...{ code: exitCodeOf(verdict), signal, print: log },
    push: async (code, late) => {
      const pushgateway = { url: config.pushgatewayUrl, signal: late };
      await put({ ...pushgateway, group: { job: config.job } }, gaugesOf({ ...report, code }));
      for (const job of config.retiredJobs) await deleteGroup({ ...pushgateway, group: { job } });
    },
  });
}

/** Whose credentials these are, for who is told that they were refused. */
function authorityOf({ job, instance }: IntegrityProbeConfig, credentials: Credentials | undefined): string {
  return credentials === undefined
    ? `${job} has no credentials; fill REG_USER and REG_PASS of its Secret with the account and the pull token that the nodes pull from ${instance} with: ./registry preflight`
    : `${job} takes the pull token of the nodes, got the one of "${credentials.username}"; compare REG_USER and REG_PASS of its Secret with what the nodes pull from ${instance} with: ./registry preflight`;
}

/** What earlier runs left; `undefined` when it cannot be read, which is said. */
async function recallFor(
  { pushgatewayUrl, job, instance }: IntegrityProbeConfig,
  nowMs: number,
  periodMs: number,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Memory | undefined> {
  try {
    const samples = await pushedSamples({
      ...{ url: pushgatewayUrl, group: { job }, prefix, signal },
    });
    return recall(samples, instance, nowMs, periodMs);
  } catch (error) {
    log(`what earlier runs found is not known: ${(error as Error).message}`);
    return undefined;
  }
}

/** One fault, one line: where it is pulled from, what is wrong, and where on the way down. */
function formatFault({ repository, reference, kind, path, digest, detail }: Fault): string {
  const name = reference.includes(':') ? `${repository}@${reference}` : `${repository}:${reference}`;
  return [name, ...path, digest ?? ''].filter((part) => part !== '').join(' ') + `: ${kind}: ${detail}`;
}
