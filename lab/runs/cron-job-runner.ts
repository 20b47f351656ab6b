import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import { serviceAddresses } from '../servers/cluster-services';
import type { Kubernetes } from '../servers/kubernetes';
import type { LabContext } from '../process/lab-context';
import { until } from '../process/until';
import type { Pod } from './pod';
import { environmentOf, writeVolumes } from './pod-inputs';
import { runPodProcess } from './pod-process';

export interface CronJobRunProps {
  readonly namespace: string;
  readonly name: string;
  readonly kubernetes: Kubernetes;
  readonly network: ClusterNetwork;
  /** Names that a pod's DNS would answer besides the Services', to addresses of the network. @default {} */
  readonly hostAliases?: Readonly<Record<string, string>>;
}

/** How one run of a CronJob ended. */
export interface CronJobRun {
  readonly code: number;
  /** What it printed, standard error last. */
  readonly output: string;
  /** The Job's final condition, such as "Complete" or "Failed: BackoffLimitExceeded"; undefined while it would try again. */
  readonly verdict: string | undefined;
}

/**
 * Runs a CronJob of the API server once, as `kubectl create job --from` would: the cluster's controllers make the pod,
 * admission completes it, its one container runs as a process of this machine, and what came of it is written into
 * the pod's status, for the Job's controller to judge. The controllers must run, and no kubelet.
 */
export async function runCronJob(lab: LabContext, props: CronJobRunProps): Promise<CronJobRun> {
  const { kubernetes, namespace, name, network, hostAliases = {} } = props;
  const folder = mkdtempSync(join(lab.serverFolder('pods'), `${name}-`));
  const job = folder.slice(folder.lastIndexOf('/') + 1).toLowerCase();
  await kubernetes.kubectl(['create', 'job', job, '-n', namespace, `--from=cronjob/${name}`]);
  try {
    const pod = await podOf(kubernetes, namespace, job);
    const { container, runAsUser, runAsGroup } = runnable(pod);
    const volumes = await writeVolumes(kubernetes, pod, join(folder, 'volumes'));
    const aliases = (pod.spec.hostAliases ?? []).flatMap(({ ip, hostnames }) =>
      hostnames.map((host) => [host, ip]),
    );
    const startedAt = now();
    const { code, stdout, stderr } = await runPodProcess({
      folder,
      enter: network.enter,
      command: [...(container.command ?? []), ...(container.args ?? [])],
      environment: await environmentOf(kubernetes, pod, container),
      runAsUser,
      runAsGroup,
      readOnlyRootFilesystem: container.securityContext?.readOnlyRootFilesystem === true,
      mounts: (container.volumeMounts ?? []).map((mount) => ({
        ...mount,
        source: volumes.get(mount.name) ?? '',
      })),
      hosts: {
        ...(await serviceAddresses(kubernetes)),
        ...hostAliases,
        ...(Object.fromEntries(aliases) as Record<string, string>),
      },
      caFile: lab.authority.caFile,
    });
    const terminated = {
      exitCode: code,
      reason: code === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: now(),
    };
    await writeStatus(kubernetes, pod, terminated);
    return { code, output: stdout + stderr, verdict: await verdictOf(kubernetes, namespace, job) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const judgementTimeoutMs = 10_000;
const podTimeoutMs = 30_000;

function now(): string {
  return new Date().toISOString();
}

async function podOf(kubernetes: Kubernetes, namespace: string, job: string): Promise<Pod> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=batch.kubernetes.io/job-name=${job}`;
  const pod = await until(
    async () => ((await kubernetes.request({ path })).body as { items: readonly Pod[] }).items[0],
    { timeoutMs: podTimeoutMs },
  );
  if (pod !== undefined) return pod;
  const said = await kubernetes.kubectl(['describe', 'job', job, '-n', namespace]);
  throw new Error(`lab: job ${namespace}/${job}: no pod after ${podTimeoutMs / 1000} s\n${said}`);
}

/** What is needed to run a pod here; throws when the lab would not run it as a kubelet does. */
function runnable({ metadata, spec }: Pod): {
  readonly container: Pod['spec']['containers'][number];
  readonly runAsUser: number;
  readonly runAsGroup: number;
} {
  const where = `pod ${metadata.namespace}/${metadata.name}`;
  const [container, ...others] = [...(spec.initContainers ?? []), ...spec.containers];
  if (container === undefined || others.length > 0)
    throw new Error(`${where}: the lab runs pods of one container, got ${others.length + 1}`);
  const { runAsUser = 0, runAsGroup = 0 } = spec.securityContext;
  if (runAsUser === 0 || runAsGroup === 0)
    throw new Error(`${where}: the lab runs no pod as root, got user ${runAsUser} and group ${runAsGroup}`);
  return { container, runAsUser, runAsGroup };
}

async function writeStatus(
  kubernetes: Kubernetes,
  { metadata: { name, namespace }, spec }: Pod,
  terminated: { readonly exitCode: number },
): Promise<void> {
  const { status, body } = await kubernetes.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        phase: terminated.exitCode === 0 ? 'Succeeded' : 'Failed',
        containerStatuses: spec.containers.map((container) => ({
          ...{ name: container.name, image: '', imageID: '', ready: false, restartCount: 0 },
          state: { terminated },
        })),
      },
    },
  });
  if (status !== 200) throw new Error(`lab: status of pod ${namespace}/${name}: ${JSON.stringify(body)}`);
}

async function verdictOf(
  kubernetes: Kubernetes,
  namespace: string,
  job: string,
): Promise<string | undefined> {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${job}`;
  const judged = await until<string | false>(
    async () => {
      const { body } = await kubernetes.request({ path });
      const { conditions = [], failed = 0 } = (body as { status: JobStatus }).status;
      const final = conditions.find(
        ({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True',
      );
      if (final !== undefined) return final.type === 'Complete' ? 'Complete' : `Failed: ${final.reason}`;
      // Before it fails or completes, the controller says so, and counts the pods that are still to end.
      const judging = conditions.length > 0;
      return failed > 0 && !judging ? false : undefined;
    },
    { timeoutMs: judgementTimeoutMs },
  );
  return judged === false ? undefined : judged;
}

interface JobStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
  }[];
  readonly failed?: number;
}
