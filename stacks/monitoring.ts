import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import { atAddress } from '../constructs/address';
import { IntegrityProbeCronJob } from '../constructs/integrity-probe-cron-job';
import { TextConfigMap } from '../constructs/text-config-map';
import { VaultSecret } from '../constructs/vault-secret';
import { collectedRegistries } from '../cloud-init/garbage-collection';
import type { Estate } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import { quantityBytes } from '../estate/quantity';
import { pulledReference } from '../estate/references';
import { registryDashboard } from '../monitoring/dashboard';
import { garbageCollectionAlerts } from '../monitoring/garbage-collection-alerts';
import { integrityAlerts } from '../monitoring/integrity-alerts';
import { pullAlerts } from '../monitoring/pull-alerts';
import { retentionAlerts } from '../monitoring/retention-alerts';
import { prometheusValues, ruleFile } from '../monitoring/rule-file';
import type { IntegrityProbeConfig } from '../programs/integrity-probe/config';
import { TerragruntStack } from './terragrunt-stack';

/** The rules of the hand-written predecessor, which watched the same probes. */
const predecessorAlerts = [
  'RegistryCatalogInaccessible',
  'RegistryIntegrityProbeStale',
  'RegistryManifestIntegrityFailure',
];

/** An integrity probe for each registry of the phase. */
export class MonitoringStack extends TerragruntStack {
  /** The values document that the tree's Prometheus loads, and the names of the rules that it takes the place of. */
  readonly alertRules: { readonly valuesLocal: string; readonly alerts: readonly string[] };

  constructor(scope: Construct, estate: Estate) {
    super(scope, 'monitoring', { estate, kind: 'shared', providers: ['kubernetes', 'vault'] });
    const { legacyCredential, phase, stacks, tokens } = estate;
    const hasLegacy = !isAtLeast(phase, 'decommission');
    const pull = tokens.find(({ duty }) => duty === 'pull');
    if (pull === undefined) throw new Error('estate.tokens: duty "pull" needs exactly one token, got none');

    const vault = new VaultSecret(this, 'ProbeCredentials', {
      address: 'registry_probes',
      path: pull.vault.path,
      keys: [
        pull.vault.key,
        ...(hasLegacy ? [legacyCredential.user.key, legacyCredential.password.key] : []),
      ],
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    this.defineForgejoProbe(estate, { user: `"${pull.owner}"`, password: vault.value(pull.vault.key) });
    if (hasLegacy)
      this.defineLegacyProbe(estate, {
        user: vault.value(legacyCredential.user.key),
        password: vault.value(legacyCredential.password.key),
      });
    this.alertRules = this.defineAlertsAndDashboard(estate);
    if (stacks.form === 'cdktf') this.defineNamespace(estate);
  }

  private defineForgejoProbe(estate: Estate, credentials: Credentials): void {
    const { forgejo, integrityProbe, phase } = estate;
    new IntegrityProbeCronJob(this, 'ForgejoProbe', {
      ...this.common(estate),
      ...credentials,
      address: 'forgejo_integrity_probe',
      name: 'forgejo-integrity-probe',
      credentialsAddress: 'forgejo_probe_credentials',
      credentialsName: 'forgejo-probe-credentials',
      config: {
        ...tuning(estate),
        registryUrl: `http://forgejo.${forgejo.namespace}.svc.cluster.local`,
        instance: forgejo.host,
        job: 'forgejo-integrity-probe',
        retiredJobs: isAtLeast(phase, 'decommission') ? ['registry-integrity-probe'] : [],
        deployedReferences: deployedAt(estate, [forgejo.host]),
        // Before the bake nothing has to be there to be pulled.
        ...(isAtLeast(phase, 'bake')
          ? {
              canaryReference: `${forgejo.packagesOwner}/${integrityProbe.canary.image}:${integrityProbe.canary.tag}`,
            }
          : {}),
      },
      egress: [
        { namespace: forgejo.namespace, port: 3000 },
        { namespace: integrityProbe.namespace, port: 9091 },
      ],
    });
  }

  private defineLegacyProbe(estate: Estate, credentials: Credentials): void {
    const { hosts, integrityProbe, registries } = estate;
    const [name = ''] = registries.legacy.spellings;
    new IntegrityProbeCronJob(this, 'LegacyProbe', {
      ...this.common(estate),
      ...credentials,
      address: 'registry_integrity_probe',
      name: 'registry-integrity-probe',
      credentialsAddress: 'registry_probe_credentials',
      credentialsName: 'registry-probe-credentials',
      // By its name, so that its certificate is verified; at the VM, which no DNS view names for pods.
      hostAliases: [{ ip: hosts.registryVm, hostnames: [name] }],
      config: {
        ...tuning(estate),
        registryUrl: `https://${name}:5050`,
        instance: `${name}:5050`,
        job: 'registry-integrity-probe',
        retiredJobs: [],
        deployedReferences: deployedAt(estate, registries.legacy.spellings),
        canaryReference: `${integrityProbe.canary.image}:${integrityProbe.canary.tag}`,
      },
      egress: [
        { cidr: `${hosts.registryVm}/32`, port: 5050 },
        { namespace: integrityProbe.namespace, port: 9091 },
      ],
    });
  }

  /** Rules for the registries of this phase alone: a removed probe's last push alerts nobody. */
  private defineAlertsAndDashboard(estate: Estate): MonitoringStack['alertRules'] {
    const { forgejo, hosts, integrityProbe, phase, registries } = estate;
    const instances = [
      forgejo.host,
      ...(isAtLeast(phase, 'decommission') ? [] : [`${registries.legacy.spellings[0]}:5050`]),
    ];
    const runbook = (name: string): string => `${hosts.runbooksUrl}/${name}.md`;
    const groups = [
      integrityAlerts({
        instances,
        collections: collectedRegistries(estate)
          .filter(({ meanwhile }) => meanwhile === 'stopped')
          .map(({ name }) => ({ instance: `${registries.legacy.spellings[0]}:5050`, registry: name })),
        intervalMinutes: integrityProbe.intervalMinutes,
        namespace: integrityProbe.namespace,
        runbookUrl: runbook('integrity-probe'),
      }),
      retentionAlerts({
        instance: forgejo.host,
        owner: forgejo.packagesOwner,
        runbookUrl: runbook('retention'),
      }),
      garbageCollectionAlerts({
        registries: collectedRegistries(estate).map(({ name }) => name),
        runbookUrl: runbook('registry-vm'),
      }),
      pullAlerts({
        // In every phase: a pod left behind at the legacy registry is the one to hear of.
        hosts: [...registries.forgejo.spellings, ...registries.legacy.spellings],
        runbookUrl: runbook('image-pull'),
      }),
    ];
    const { file } = new TextConfigMap(this, 'AlertRules', {
      address: 'registry_alert_rules',
      name: 'registry-alert-rules',
      namespace: integrityProbe.namespace,
      labels: { 'app.kubernetes.io/part-of': 'registry-consolidation' },
      file: {
        fileName: 'registry-rules.yaml',
        text: stringify(ruleFile(groups), { lineWidth: 0, aliasDuplicateObjects: false }),
      },
    });
    const valuesLocal = 'registry_prometheus_values';
    atAddress(new TerraformLocal(this, 'PrometheusValues', prometheusValues(file.path)), valuesLocal);
    new TextConfigMap(this, 'Dashboard', {
      address: 'registry_dashboard',
      name: 'registry-dashboard',
      namespace: integrityProbe.namespace,
      labels: { grafana_dashboard: '1' },
      // Grafana's sidecar writes every dashboard of a folder into one: the tree's own registry.json stands there.
      annotations: { grafana_folder: 'Operations' },
      file: {
        fileName: 'image-registries.json',
        text: `${JSON.stringify(
          registryDashboard({
            instances,
            namespace: forgejo.namespace,
            volumeClaim: forgejo.storage.claimName,
            volumeCeilingBytes: quantityBytes(forgejo.storage.ceiling),
            traefikService: `${forgejo.namespace}-forgejo-80@kubernetes`,
          }),
          null,
          2,
        )}\n`,
      },
    });
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    return { valuesLocal, alerts: [...new Set([...predecessorAlerts, ...alerts])].sort() };
  }

  private common({ integrityProbe, programs }: Estate): Common {
    const { namespace, schedule, timeZone } = integrityProbe;
    return { namespace, schedule, timeZone, image: programs.image };
  }

  private defineNamespace({ integrityProbe }: Estate): void {
    const name = integrityProbe.namespace;
    this.comesFirst(atAddress(new Namespace(this, 'Namespace', { metadata: { name } }), name));
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Common {
  readonly namespace: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly image: string;
}

type Tuning = Pick<
  IntegrityProbeConfig,
  | 'intervalMinutes'
  | 'rereadDays'
  | 'deployedRereadDays'
  | 'maxBytesPerRun'
  | 'maxConcurrentRequests'
  | 'pushgatewayUrl'
>;

function tuning({ hosts, integrityProbe }: Estate): Tuning {
  const { intervalMinutes, rereadDays, deployedRereadDays, maxBytesPerRun, maxConcurrentRequests } =
    integrityProbe;
  return {
    intervalMinutes,
    rereadDays,
    deployedRereadDays,
    maxBytesPerRun,
    maxConcurrentRequests,
    pushgatewayUrl: hosts.pushgatewayUrl,
  };
}

/** What the cluster pulls from these hosts now, without the host. */
function deployedAt(estate: Estate, registryHosts: readonly string[]): string[] {
  const references = estate.apps.flatMap((app) =>
    app.pulls
      .map((pull) => pulledReference(estate, app, pull))
      .filter(({ host }) => registryHosts.includes(host))
      .map(
        ({ repository, tag, digest }) =>
          `${repository}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`,
      ),
  );
  return [...new Set(references)].sort();
}
