import { createHash } from 'node:crypto';
import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { egressPolicy, type Egress } from './egress-policy';
import { ignoredChanges } from './ignored-changes';
import { literal } from './literal';

/** A key of a Secret, handed to the program as an environment variable or as a file. */
export type SecretInput =
  | { readonly secretName: string; readonly key: string; readonly environmentVariable: string }
  | { readonly secretName: string; readonly key: string; readonly fileName: string };

/** Names that a pod resolves to an address without asking DNS. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

export interface ProgramCronJobProps {
  /** Terraform name of the CronJob. */
  readonly address: string;
  readonly name: string;
  readonly namespace: string;
  /** Terraform name of the ConfigMap. */
  readonly configMapAddress: string;
  readonly configMapName: string;
  /** The bundled program: file name and source. */
  readonly program: { readonly fileName: string; readonly source: string };
  /** Written beside the program as config.json, with the `deadlineSeconds` of the program itself. */
  readonly config: object;
  readonly secrets: readonly SecretInput[];
  /** @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Image with Node 22 or later, by full version or digest. */
  readonly image: string;
  readonly schedule: string;
  readonly timeZone: string;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly activeDeadlineSeconds: number;
  readonly cpuRequest: string;
  /** Request and limit alike, from a measurement. */
  readonly memory: string;
  readonly egress: readonly Egress[];
  /** Flags of Node itself. @default none */
  readonly nodeOptions?: readonly string[];
  /** @default none, and no token is mounted */
  readonly serviceAccountName?: string;
  /** @default none */
  readonly hostAliases?: readonly HostAlias[];
  /** @default 600 */
  readonly ttlSecondsAfterFinished?: number;
}

/**
 * A program of this repository as a CronJob: one readable file in a ConfigMap, nothing installed at start (the
 * predecessor's probe died of that), nothing it does not need (non-root, read-only, no capabilities, no way out but
 * the named ones).
 *
 * A deadline for a late start is always set: without one, a CronJob that missed more than 100 runs never starts again.
 */
export class ProgramCronJob extends Construct {
  readonly startingDeadlineSeconds = 300;
  readonly backoffLimit = 1;
  readonly ttlSecondsAfterFinished: number;

  constructor(scope: Construct, id: string, props: ProgramCronJobProps) {
    super(scope, id);
    this.ttlSecondsAfterFinished = props.ttlSecondsAfterFinished ?? 600;
    const labels = { 'app.kubernetes.io/name': props.name };
    // A fifth of the job's time is for the pod to start and for a run that failed early to be tried again.
    const deadlineSeconds = Math.floor(props.activeDeadlineSeconds * 0.8);
    const files = {
      [props.program.fileName]: literal(props.program.source),
      'config.json': literal(`${JSON.stringify({ ...props.config, deadlineSeconds }, null, 2)}\n`),
    };

    atAddress(
      new ConfigMap(this, 'Program', {
        metadata: { name: props.configMapName, namespace: props.namespace },
        data: files,
      }),
      props.configMapAddress,
    );
    egressPolicy(this, { ...props, labels });

    atAddress(
      new CronJobV1(this, 'Resource', {
        metadata: { name: props.name, namespace: props.namespace },
        spec: {
          schedule: props.schedule,
          timezone: props.timeZone,
          concurrencyPolicy: 'Forbid',
          startingDeadlineSeconds: this.startingDeadlineSeconds,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: {},
            spec: {
              activeDeadlineSeconds: props.activeDeadlineSeconds,
              backoffLimit: this.backoffLimit,
              ttlSecondsAfterFinished: String(this.ttlSecondsAfterFinished),
              podFailurePolicy: podFailurePolicy(props.name),
              template: {
                metadata: { labels, annotations: { 'registry-consolidation/program-hash': hashOf(files) } },
                spec: podSpec(props),
              },
            },
          },
        },
        lifecycle: { ignoreChanges: [ignoredChanges.cronJobDnsConfig] },
      }),
      props.address,
    );
  }
}

type JobSpec = ConstructorParameters<typeof CronJobV1>[2]['spec']['jobTemplate']['spec'];
type PodSpec = NonNullable<JobSpec['template']['spec']>;

/** An evicted pod is no failure of the program; found faults (2) or a refusal (3)
 * gain nothing from another try. */
function podFailurePolicy(containerName: string): NonNullable<JobSpec['podFailurePolicy']> {
  return {
    rule: [
      { action: 'Ignore', onPodCondition: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { containerName, operator: 'In', values: [2, 3] } },
    ],
  };
}

function podSpec(props: ProgramCronJobProps): PodSpec {
  const secretFiles = props.secrets.filter((secret) => 'fileName' in secret);
  const program = { name: 'program', mountPath: '/program', readOnly: true };
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: props.serviceAccountName !== undefined,
    ...(props.serviceAccountName === undefined ? {} : { serviceAccountName: props.serviceAccountName }),
    ...(props.hostAliases === undefined
      ? {}
      : { hostAliases: props.hostAliases.map(({ ip, hostnames }) => ({ ip, hostnames: [...hostnames] })) }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: '1000',
      runAsGroup: '1000',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    container: [
      {
        name: props.name,
        image: props.image,
        command: [
          'node',
          ...(props.nodeOptions ?? []),
          `${program.mountPath}/${props.program.fileName}`,
          `${program.mountPath}/config.json`,
        ],
        env: [
          ...Object.entries(props.environment ?? {}).map(([name, value]) => ({ name, value })),
          ...props.secrets
            .filter((secret) => 'environmentVariable' in secret)
            .map(({ environmentVariable, secretName, key }) => ({
              name: environmentVariable,
              valueFrom: { secretKeyRef: { name: secretName, key } },
            })),
        ],
        resources: {
          requests: { cpu: props.cpuRequest, memory: props.memory },
          limits: { memory: props.memory },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMount: [
          program,
          ...secretFiles.map(({ secretName }) => ({
            name: secretName,
            mountPath: `/secrets/${secretName}`,
            readOnly: true,
          })),
        ],
      },
    ],
    volume: [
      { name: program.name, configMap: { name: props.configMapName } },
      ...secretFiles.map(({ secretName, key, fileName }) => ({
        name: secretName,
        secret: { secretName, items: [{ key, path: fileName }] },
      })),
    ],
  };
}

function hashOf(files: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
}
