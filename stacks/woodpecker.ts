import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { ServiceAccount } from '@cdktf/provider-kubernetes/lib/service-account';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import { terraformName } from '../constructs/vault-secrets';
import { WoodpeckerSyncCronJob } from '../constructs/woodpecker-sync-cron-job';
import { ciRepositories } from '../estate/derived/ci-secrets';
import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { periodOf } from '../estate/derived/schedule';
import type { Estate } from '../estate/estate';
import { TerragruntStack } from './terragrunt-stack';

/** The sync of the CI's secrets, and the ServiceAccounts by which Vault tells pipelines apart. The server is the user's. */
export class WoodpeckerStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    super(scope, 'woodpecker', { estate, kind: 'shared', providers: ['kubernetes'] });
    const { programs, pushgateway, stacks, vault, woodpecker } = estate;
    const { namespace, server } = woodpecker;
    const { schedule, timeZone, deadlineMinutes, globalPath, apiToken, events, filters } =
      woodpecker.secretSync;
    const { apply, deploy, secretSync } = vault.consumers;
    new WoodpeckerSyncCronJob(this, 'SecretSync', {
      ...{ namespace, schedule, timeZone, deadlineMinutes, image: programs.image },
      periodMinutes: periodOf(schedule).longestMinutes,
      serviceAccountName: secretSync.serviceAccount,
      config: {
        vaultUrl: `http://${vault.service}.${vault.namespace}.svc.cluster.local:${vault.port}`,
        vaultAuthMount: vault.kubernetesAuth,
        vaultRole: secretSync.role,
        vaultMount: 'secret',
        woodpeckerUrl: `http://${server.service}.${namespace}.svc.cluster.local:${server.port}`,
        instance: woodpecker.host,
        apiTokenPath: apiToken.path,
        apiTokenKey: apiToken.key,
        globalPath,
        repositories: ciRepositories(estate),
        events,
        filters: Object.entries(filters).map(([secret, filter]) => ({ secret, ...filter })),
        pushgatewayUrl: pushgatewayUrl(estate),
      },
      egress: [
        { namespace: vault.namespace, port: vault.port },
        { namespace, port: server.podPort },
        { namespace: pushgateway.namespace, port: pushgateway.port },
      ],
    });
    for (const { role, serviceAccount: name } of [apply, deploy])
      atAddress(
        new ServiceAccount(this, name, { metadata: { name, namespace } }),
        `pipelines_${terraformName(role)}`,
      );
    if (stacks.form === 'cdktf')
      this.orderAfter(
        atAddress(new Namespace(this, 'Namespace', { metadata: { name: namespace } }), namespace),
      );
  }
}
