import { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import { Construct } from 'constructs';
import { bundle, nodeOptions } from '../programs/bundle';
import type { RetentionConfig } from '../programs/retention/config';
import { atAddress } from './address';
import { ClusterImageReader } from './cluster-image-reader';
import { ProgramCronJob, type JobProps } from './program-cron-job';

export interface RetentionCronJobProps extends JobProps {
  /** Without the deadline, which follows from the job's own. */
  readonly config: Omit<RetentionConfig, 'deadlineSeconds'>;
  /** Terraform expression of the delete token, without `${}`. */
  readonly token: string;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
}

/**
 * Retention as a CronJob, under the names and addresses of the script it replaces. It may list what the cluster runs
 * and nothing else there; its delete token comes as a file.
 */
export class RetentionCronJob extends Construct {
  /** Of the CronJob and what belongs to it. */
  static readonly jobName = 'forgejo-cleanup';

  /** Measured with the heap below: 90 MiB at the peak of 10,000 versions in 100 packages; 156 MiB without it. */
  readonly memory = '128Mi';
  readonly config: RetentionConfig;

  constructor(scope: Construct, id: string, props: RetentionCronJobProps) {
    super(scope, id);
    const { jobName: name } = RetentionCronJob;
    const tokenSecretName = `${name}-token`;
    const tokenFolder = `/secrets/${tokenSecretName}`;
    const tokenKey = 'FORGEJO_TOKEN';

    atAddress(
      new Secret(this, 'Token', {
        metadata: { name: tokenSecretName, namespace: props.namespace },
        data: { [tokenKey]: `\${${props.token}}` },
      }),
      'forgejo_cleanup_token',
    );
    const reader = new ClusterImageReader(this, 'Reader', {
      resourceName: 'forgejo_cleanup',
      name,
      namespace: props.namespace,
    });
    const { deadlineSeconds } = new ProgramCronJob(this, 'Job', {
      ...props,
      resourceName: 'forgejo_cleanup',
      name,
      configMapAddress: 'forgejo_cleanup_script',
      configMapName: `${name}-script`,
      scriptKey: 'cleanup.sh',
      program: { fileName: 'retention.mjs', source: bundle('retention') },
      secrets: [{ secretName: tokenSecretName, folder: tokenFolder }],
      environment: {
        FORGEJO_TOKEN_FILE: `${tokenFolder}/${tokenKey}`,
        NODE_EXTRA_CA_CERTS: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
        POD_NAMESPACE: props.namespace,
      },
      podFields: { POD_NAME: 'metadata.name' },
      nodeOptions: nodeOptions.retention,
      serviceAccountName: reader.serviceAccountName,
      activeDeadlineSeconds: props.deadlineMinutes * 60,
      cpuRequest: '10m',
      memory: this.memory,
    });
    this.config = { ...props.config, deadlineSeconds };
  }
}
