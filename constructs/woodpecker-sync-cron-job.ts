import { ServiceAccount } from '@cdktf/provider-kubernetes/lib/service-account';
import { Construct } from 'constructs';
import { bundle, nodeOptions } from '../programs/bundle';
import type { WoodpeckerSyncConfig } from '../programs/woodpecker-sync/config';
import { atAddress } from './address';
import type { Egress } from './egress-policy';
import { ProgramCronJob } from './program-cron-job';

export interface WoodpeckerSyncCronJobProps {
  readonly namespace: string;
  /** By which Vault knows the job. */
  readonly serviceAccountName: string;
  /** Without the deadline, which follows from the job's own. */
  readonly config: Omit<WoodpeckerSyncConfig, 'deadlineSeconds'>;
  readonly image: string;
  readonly schedule: string;
  readonly timeZone: string;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
  /** Time between two runs at most. */
  readonly periodMinutes: number;
  readonly egress: readonly Egress[];
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
      ...{ resourceName, name: this.name, namespace, serviceAccountName: name },
      configMapAddress: 'vault_woodpecker_sync',
      configMapName: this.name,
      program: { fileName: 'woodpecker-sync.mjs', source: bundle('woodpecker-sync') },
      config: props.config,
      secrets: [],
      nodeOptions: nodeOptions['woodpecker-sync'],
      image: props.image,
      schedule: props.schedule,
      timeZone: props.timeZone,
      activeDeadlineSeconds: props.deadlineMinutes * 60,
      // Alerts send to the log of the last run: it has to be there until the next one.
      ttlSecondsAfterFinished: props.periodMinutes * 60,
      cpuRequest: '10m',
      memory: '96Mi',
      egress: props.egress,
    });
  }
}
