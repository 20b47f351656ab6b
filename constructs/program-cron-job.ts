import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { egressPolicy, type Egress } from './egress-policy';
import { ignoredChanges } from './ignored-changes';
import { literal } from './literal';
import { StackFile } from './stack-file';

/** A key of a Secret as the environment variable of that name, or a Secret as a folder with a file for each key. */
export type SecretInput = { readonly secretName: string } & (
  { readonly key: string } | { readonly folder: string }
);

/** Names that a pod resolves to an address without asking DNS. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: string[];
}

export interface ProgramCronJobProps {
  /** Terraform name of the CronJob. */
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
  /** Terraform name of the ConfigMap. */
  readonly configMapAddress: string;
  readonly configMapName: string;
  /** Where the script lay that this takes the place of. A plan shows every line of a key that goes: it stays. @default none */
  readonly scriptKey?: string;
  readonly program: { readonly fileName: string; readonly source: string };
  /** Written beside the program as config.json, with the `deadlineSeconds` of the program itself. */
  readonly config: object;
  readonly secrets: readonly SecretInput[];
  /** @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variables from the pod's own fields, e.g. `metadata.name`. @default none */
  readonly podFields?: Readonly<Record<string, string>>;
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
  /** Time between two runs at most. */
  readonly periodMinutes: number;
}

/** What every job of this repository is told alike. */
export type JobProps = Pick<
  ProgramCronJobProps,
  'namespace' | 'image' | 'schedule' | 'timeZone' | 'periodMinutes' | 'egress'
>;

/**
 * A program of this repository as a CronJob: one readable file in a ConfigMap, nothing installed at start (the
 * predecessor's probe died of that), nothing it does not need (non-root, read-only, no capabilities, no way out but
 * the named ones).
 *
 * A run that fails is not repeated before its next turn: a fault that it found (exit code 2) or a refusal (3) would be
 * the same, and requests are repeated inside of the program. A `pod_failure_policy` could tell those apart from an evicted
 * pod, but Terraform replaces an existing CronJob to add one (ADR 18).
 */
export class ProgramCronJob extends Construct {
  /** The program itself ends by then. */
  readonly deadlineSeconds: number;

  constructor(scope: Construct, id: string, props: ProgramCronJobProps) {
    super(scope, id);
    const labels = { 'app.kubernetes.io/name': props.name };
    // A fifth of the job's time is for the pod to start, and to end by itself.
    this.deadlineSeconds = Math.floor(props.activeDeadlineSeconds * 0.8);
    const { fileName, source: text } = props.program;
    const program = new StackFile(this, 'File', { fileName, text });

    atAddress(
      new ConfigMap(this, 'Program', {
        metadata: { name: props.configMapName, namespace: props.namespace },
        data: {
          ...(props.scriptKey && {
            [props.scriptKey]: Token.asString(Fn.sensitive(`replaced by ${fileName}\n`)),
          }),
          [fileName]: program.content,
          'config.json': literal(
            `${JSON.stringify({ ...props.config, deadlineSeconds: this.deadlineSeconds }, null, 2)}\n`,
          ),
        },
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
          // Without it, a CronJob that missed more than 100 runs never starts again.
          startingDeadlineSeconds: 300,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: {},
            spec: {
              activeDeadlineSeconds: props.activeDeadlineSeconds,
              backoffLimit: 0,
              // Alerts send to the log of the last run: it has to be there until the next one has ended.
              ttlSecondsAfterFinished: String(2 * props.periodMinutes * 60),
              template: {
                metadata: {
                  labels,
                  // A Job says which program it ran, and a plan that it is another; the ConfigMap's text is hidden there.
                  annotations: { 'registry-consolidation/program-sha256': program.sha256 },
                },
                spec: podSpec(props),
              },
            },
          },
        },
        lifecycle: { ignoreChanges: [ignoredChanges.cronJobDnsConfig] },
      }),
      props.resourceName,
    );
  }
}

type JobSpec = ConstructorParameters<typeof CronJobV1>[2]['spec']['jobTemplate']['spec'];
type PodSpec = NonNullable<JobSpec['template']['spec']>;

function podSpec(props: ProgramCronJobProps): PodSpec {
  const secretFolders = props.secrets.filter((secret) => 'folder' in secret);
  // As the predecessor's scripts are mounted.
  const program = { name: 'script', mountPath: '/scripts' };
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: props.serviceAccountName !== undefined,
    ...(props.serviceAccountName === undefined ? {} : { serviceAccountName: props.serviceAccountName }),
    ...(props.hostAliases && { hostAliases: [...props.hostAliases] }),
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
        // The script in its place is hidden with it: a plan shows a list line by line, and this as one.
        command: Token.asList(Fn.sensitive(['node'])),
        args: [
          ...(props.nodeOptions ?? []),
          `${program.mountPath}/${props.program.fileName}`,
          `${program.mountPath}/config.json`,
        ],
        env: [
          ...Object.entries(props.environment ?? {}).map(([name, value]) => ({ name, value })),
          ...Object.entries(props.podFields ?? {}).map(([name, fieldPath]) => ({
            name,
            valueFrom: { fieldRef: { fieldPath } },
          })),
          ...props.secrets
            .filter((secret) => 'key' in secret)
            .map(({ secretName, key }) => ({
              name: key,
              // As the provider writes it: the API takes a reference as one value.
              valueFrom: { secretKeyRef: { name: secretName, key, optional: false } },
            })),
        ],
        resources: {
          requests: { cpu: props.cpuRequest, memory: props.memory },
          limits: { memory: props.memory },
        },
        securityContext: {
          // Left out, the provider writes false, which goes before the pod's own.
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        // Of a ConfigMap and of a Secret, so read-only without being told.
        volumeMount: [
          program,
          ...secretFolders.map(({ secretName, folder }) => ({ name: secretName, mountPath: folder })),
        ],
      },
    ],
    volume: [
      { name: program.name, configMap: { name: props.configMapName, defaultMode: '0755' } },
      ...secretFolders.map(({ secretName }) => ({ name: secretName, secret: { secretName } })),
    ],
  };
}
