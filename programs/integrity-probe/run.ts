import { deleteGroup, replaceGroup, updateGroup } from '../../clients/pushgateway';
import { RegistryClient } from '../../clients/oci/client';
import type { ExitCode } from '../exit-code';
import { tell } from '../tell';
import type { Credentials } from '../../clients/http/authorizer';
import { ByteCheck } from './byte-check';
import { pullCanary } from './canary';
import { type IntegrityProbeConfig, parseHostlessReference, referencesByRepository } from './config';
import type { Fault } from './fault';
import { gaugesOf } from './metrics';
import { slotAt } from './slot';
import { exitCodeOf, verdictOf } from './verdict';
import { walk } from './walk';

export interface RunProps {
  readonly config: IntegrityProbeConfig;
  /** What the nodes pull with. @default none, to ask anonymously */
  readonly credentials?: Credentials;
  readonly log: (line: string) => void;
  /** Ends the run, in any phase; what is known by then is still pushed. */
  readonly signal: AbortSignal;
  /** @default Date.now */
  readonly now?: () => number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** One run of the probe: looks, tells, pushes; answers the exit code. */
export async function run({ config, credentials, log, signal, now = Date.now }: RunProps): Promise<ExitCode> {
  const startedAtMs = now();
  const client = new RegistryClient({
    url: config.registryUrl,
    maxConcurrentRequests: config.maxConcurrentRequests,
    realmHosts: [config.instance],
    ...(credentials === undefined ? {} : { credentials }),
    signal,
  });
  const slot = slotAt(startedAtMs, config.intervalMinutes * minuteMs);
  const byteCheck = new ByteCheck({
    rereadMs: config.rereadDays * dayMs,
    deployedRereadMs: config.deployedRereadDays * dayMs,
    maxBytesPerRun: config.maxBytesPerRun,
    slot,
  });
  const canary =
    config.canaryReference === undefined ? undefined : parseHostlessReference(config.canaryReference);
  const pulled = canary && (await pullCanary(client, canary, signal));
  if (pulled?.pulled === false) log(`canary ${config.canaryReference ?? ''}: ${pulled.error.message}`);
  const result = await walk({
    client,
    deployed: referencesByRepository(config.deployedReferences),
    byteCheck,
    round: Math.floor(slot.untilMs / (config.intervalMinutes * minuteMs)),
    maxConcurrency: config.maxConcurrentRequests,
    onFault: (fault) => {
      log(formatFault(fault));
    },
    signal,
  });
  for (const name of result.missingRepositories)
    log(`${name}: the cluster pulls from it and the registry does not list it`);
  for (const name of result.deniedRepositories)
    log(`${name}: the registry lists it and refuses it to these credentials`);
  if (result.interruption !== undefined) log(`${result.interruption.reason}: ${result.interruption.message}`);

  const verdict = verdictOf(result, pulled?.pulled === false);
  const report = {
    ...{ instance: config.instance, result, verdict, byteCheck, startedAtMs, endedAtMs: now() },
    ...(pulled === undefined ? {} : { canary: pulled }),
  };
  const put = result.interruption === undefined ? replaceGroup : updateGroup;
  log(
    `${config.instance}: ${verdict}, ${result.repositories} repositories, ${result.tags} tags, ${result.manifests} manifests, ${result.blobs} blobs, ${byteCheck.hashedBytes} bytes hashed, ${byteCheck.unreadBytes} left unread`,
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

/** One fault, one line: where it is pulled from, what is wrong, and where on the way down. */
function formatFault({ repository, reference, kind, path, digest, detail }: Fault): string {
  const name = reference.includes(':') ? `${repository}@${reference}` : `${repository}:${reference}`;
  return [name, ...path, digest ?? ''].filter((part) => part !== '').join(' ') + `: ${kind}: ${detail}`;
}
