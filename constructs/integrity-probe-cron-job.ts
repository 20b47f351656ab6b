import { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import { Construct } from 'constructs';
import { bundle, nodeOptions } from '../programs/bundle';
import type { IntegrityProbeConfig } from '../programs/integrity-probe/config';
import { atAddress } from './address';
import { ProgramCronJob, type HostAlias, type JobProps } from './program-cron-job';

export interface IntegrityProbeCronJobProps extends JobProps {
  /** Terraform name of the CronJob and its ConfigMap. */
  readonly resourceName: string;
  readonly name: string;
  /** Terraform name of the Secret. */
  readonly credentialsAddress: string;
  readonly credentialsName: string;
  /** Terraform expressions or quoted text, without `${}`: the credentials the cluster pulls with. */
  readonly user: string;
  readonly password: string;
  /** Without the deadline, which follows from the job's own. */
  readonly config: Omit<IntegrityProbeConfig, 'deadlineSeconds'>;
  /** Names that the pod resolves by itself. @default none */
  readonly hostAliases?: readonly HostAlias[];
}

/** The integrity probe of one registry, under the names and addresses of the script it replaces. */
export class IntegrityProbeCronJob extends Construct {
  /** Measured: peak resident set at 100,000 tags stays below 96 MiB. */
  readonly memory = '128Mi';

  constructor(scope: Construct, id: string, props: IntegrityProbeCronJobProps) {
    super(scope, id);
    atAddress(
      new Secret(this, 'Credentials', {
        metadata: { name: props.credentialsName, namespace: props.namespace },
        data: { REG_USER: `\${${props.user}}`, REG_PASS: `\${${props.password}}` },
      }),
      props.credentialsAddress,
    );
    new ProgramCronJob(this, 'Job', {
      ...props,
      configMapAddress: props.resourceName,
      configMapName: props.name,
      program: { fileName: 'integrity-probe.mjs', source: bundle('integrity-probe') },
      secrets: ['REG_USER', 'REG_PASS'].map((key) => ({ secretName: props.credentialsName, key })),
      nodeOptions: nodeOptions['integrity-probe'],
      // Shorter than the schedule's period, so that a stuck run never costs the next one.
      activeDeadlineSeconds: props.periodMinutes * 60 - 60,
      cpuRequest: '10m',
      memory: this.memory,
    });
  }
}
