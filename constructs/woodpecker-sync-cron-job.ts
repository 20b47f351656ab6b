import { ServiceAccount } from '@cdktf/provider-kubernetes/lib/service-account';
import { Construct } from 'constructs';
import { bundle, nodeOptions } from '../programs/bundle';
import type { WoodpeckerSyncConfig } from '../programs/woodpecker-sync/config';
import { atAddress } from './address';
import { ProgramCronJob, type JobProps } from './program-cron-job';

export interface WoodpeckerSyncCronJobProps extends JobProps {
  /** By which Vault knows the job. */
  readonly serviceAccountName: string;
  /** Without the deadline, which follows from the job's own. */
  readonly config: Omit<WoodpeckerSyncConfig, 'deadlineSeconds'>;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
}

/**
 * The sync of CI secrets as a CronJob, under the names and addresses of the script it replaces. Its ServiceAccount has no
 * rights in the cluster: its token is what Vault asks for.
 */
export class WoodpeckerSyncCronJob extends Construct {
  readonly name = 'vault-woodpecker-sync';

  constructor(scope: Construct, id: string, props: WoodpeckerSyncCronJobProps) {
    super(scope, id);
    const { namespace, serviceAccountName: name } = props;
    const resourceName = 'vault_secret_sync';
    atAddress(
      new ServiceAccount(this, 'ServiceAccount', {
        metadata: { name, namespace },
        automountServiceAccountToken: false,
      }),
      resourceName,
    );
    new ProgramCronJob(this, 'Job', {
      ...props,
      ...{ resourceName, name: this.name },
      configMapAddress: 'vault_woodpecker_sync',
      configMapName: this.name,
      program: { fileName: 'woodpecker-sync.mjs', source: bundle('woodpecker-sync') },
      secrets: [],
      nodeOptions: nodeOptions['woodpecker-sync'],
      activeDeadlineSeconds: props.deadlineMinutes * 60,
      cpuRequest: '10m',
      memory: '96Mi',
    });
  }
}
