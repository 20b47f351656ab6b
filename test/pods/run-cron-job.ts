import type { Kubernetes } from '../../lab/servers/kubernetes';
import { eventually } from '../lab/eventually';

export interface PodSpec {
  readonly containers: readonly { readonly image: string }[];
  readonly securityContext: object;
}

/** How one run of a CronJob ended. */
export interface CronJobRun {
  readonly code: number;
  readonly output: string;
  /** The Job's final condition, such as "Complete" or "Failed: BackoffLimitExceeded". */
  readonly verdict: string;
}

/** Starts the Job that a CronJob would start at its time, waits for the Job's end and tells the last pod's. */
export async function runCronJob(
  kubernetes: Kubernetes,
  namespace: string,
  cronJob: string,
): Promise<CronJobRun & { readonly spec: PodSpec }> {
  const job = `${cronJob}-${Math.random().toString(36).slice(2, 8)}`;
  await kubernetes.kubectl(['create', 'job', '-n', namespace, job, `--from=cronjob/${cronJob}`]);
  const verdict = await eventually(`the end of job ${job}`, async () => {
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${job}`;
    const { status } = (await kubernetes.request({ path })).body as { status: { conditions?: Condition[] } };
    const ended = status.conditions?.find(({ type }) => ['Complete', 'Failed'].includes(type));
    return ended && (ended.type === 'Complete' ? ended.type : `${ended.type}: ${ended.reason}`);
  });
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${job}`;
  const { items } = (await kubernetes.request({ path })).body as { items: Pod[] };
  const pod = items.at(-1);
  const code = pod?.status.containerStatuses?.[0]?.state.terminated?.exitCode;
  if (pod === undefined || code === undefined) throw new Error(`job ${job}: no pod of it has ended`);
  const output = await kubernetes.kubectl(['logs', '-n', namespace, pod.metadata.name]);
  return { code, output, verdict, spec: pod.spec };
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: PodSpec;
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { readonly exitCode: number } };
    }[];
  };
}

interface Condition {
  readonly type: string;
  readonly reason: string;
}
