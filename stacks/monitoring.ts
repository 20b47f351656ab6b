import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import { atAddress } from '../constructs/address';
import type { Egress } from '../constructs/egress-policy';
import { IntegrityProbeCronJob } from '../constructs/integrity-probe-cron-job';
import type { JobProps } from '../constructs/program-cron-job';
import { RetentionCronJob } from '../constructs/retention-cron-job';
import { StackFile } from '../constructs/stack-file';
import { TextConfigMap } from '../constructs/text-config-map';
import { ForgejoServer } from '../constructs/forgejo-server';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import { breakGlassImages } from '../estate/derived/break-glass';
import { collectedRegistries } from '../estate/derived/collected-registries';
import { legacyAccess, legacySpellings, presentLegacy } from '../estate/derived/legacy-registry';
import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { quantityBytes } from '../estate/derived/quantity';
import { canaryImage, imageAt, pulledReference } from '../estate/derived/references';
import { registrySpellings } from '../estate/derived/registries';
import { runbookUrl } from '../estate/derived/runbooks';
import { periodOf } from '../estate/derived/schedule';
import { hasRegistryVm, type Estate, type EstateWithVm } from '../estate/estate';
import type { LegacyRegistryFacts } from '../estate/legacy-registry';
import { isAtLeast } from '../estate/phases';
import type { RuleGroup } from '../monitoring/alert-rule';
import { breakGlassAlerts } from '../monitoring/break-glass-alerts';
import { registryDashboard } from '../monitoring/dashboard';
import { forgejoAlerts } from '../monitoring/forgejo-alerts';
import { garbageCollectionAlerts } from '../monitoring/garbage-collection-alerts';
import { integrityAlerts } from '../monitoring/integrity-alerts';
import { pullAlerts } from '../monitoring/pull-alerts';
import { pushAlerts } from '../monitoring/push-alerts';
import { retentionAlerts } from '../monitoring/retention-alerts';
import { prometheusValues, ruleFile } from '../monitoring/rule-file';
import { secretSyncAlerts } from '../monitoring/secret-sync-alerts';
import { stackAlerts } from '../monitoring/stack-alerts';
import { TerragruntStack } from './terragrunt-stack';

/** The rules of the hand-written predecessor, which watched the same probes. */
const predecessorAlerts = [
  'RegistryCatalogInaccessible',
  'RegistryIntegrityProbeStale',
  'RegistryManifestIntegrityFailure',
];

/** Job of the legacy registry's probe in the Pushgateway, which the other probe deletes once the registry is gone. */
const legacyProbeJob = 'registry-integrity-probe';

/** An integrity probe for each registry of the phase. */
export class MonitoringStack extends TerragruntStack {
  /** The values document that the tree's Prometheus loads, and the names of the rules that it takes the place of. */
  readonly alertRules: { readonly valuesLocal: string; readonly alerts: readonly string[] };

  constructor(scope: Construct, estate: Estate) {
    super(scope, 'monitoring', { estate, kind: 'shared', providers: ['kubernetes', 'vault'] });
    const { pull } = estate.tokens;
    const legacy = presentLegacy(estate);

    const vault = new VaultSecrets(this, 'ProbeCredentials', {
      keys: [
        pull.vault,
        ...(legacy === undefined ? [] : [legacy.credential.user, legacy.credential.password]),
      ],
      resourceNameOf: (path) =>
        path === pull.vault.path ? 'registry_probes' : `registry_probes_${terraformName(path)}`,
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    this.defineForgejoProbe(estate, vault);
    if (legacy !== undefined) this.defineLegacyProbe(estate, legacy, vault);
    this.alertRules = this.defineAlertsAndDashboard(estate);
    const { namespace: name } = estate.integrityProbe;
    if (estate.stacks.form === 'cdktf')
      this.orderAfter(atAddress(new Namespace(this, 'Namespace', { metadata: { name } }), name));
  }

  private defineForgejoProbe(estate: Estate, vault: VaultSecrets): void {
    const { forgejo, phase, tokens } = estate;
    new IntegrityProbeCronJob(this, 'ForgejoProbe', {
      ...common(estate),
      user: `"${tokens.pull.owner}"`,
      password: vault.value(tokens.pull.vault),
      resourceName: 'forgejo_integrity_probe',
      name: 'forgejo-integrity-probe',
      credentialsAddress: 'forgejo_probe_credentials',
      credentialsName: 'forgejo-probe-credentials',
      config: {
        ...tuning(estate),
        registryUrl: `http://${ForgejoServer.serverName}.${forgejo.namespace}.svc.cluster.local`,
        instance: forgejo.host,
        job: 'forgejo-integrity-probe',
        retiredJobs: presentLegacy(estate) === undefined ? [legacyProbeJob] : [],
        deployedReferences: deployedAt(estate, registrySpellings(estate, 'forgejo')),
        // Before the bake nothing has to be there to be pulled.
        ...(isAtLeast(phase, 'bake') ? { canaryReference: canaryAt(estate, 'forgejo') } : {}),
      },
      egress: [{ namespace: forgejo.namespace, port: ForgejoServer.port }, toPushgateway(estate)],
    });
  }

  private defineLegacyProbe(estate: Estate, { credential }: LegacyRegistryFacts, vault: VaultSecrets): void {
    const { url, instance, egress, hostAlias } = legacyAccess(estate);
    new IntegrityProbeCronJob(this, 'LegacyProbe', {
      ...common(estate),
      user: vault.value(credential.user),
      password: vault.value(credential.password),
      resourceName: 'registry_integrity_probe',
      name: legacyProbeJob,
      credentialsAddress: 'registry_probe_credentials',
      credentialsName: 'registry-probe-credentials',
      // By its name, so that its certificate is verified; at the VM, which no DNS view names for pods.
      ...(hostAlias === undefined ? {} : { hostAliases: [hostAlias] }),
      config: {
        ...tuning(estate),
        registryUrl: url,
        instance,
        job: legacyProbeJob,
        retiredJobs: [],
        deployedReferences: deployedAt(estate, legacySpellings(estate)),
        canaryReference: canaryAt(estate, 'source'),
      },
      egress: [egress, toPushgateway(estate)],
    });
  }

  /** Rules for the registries of this phase alone: a removed probe's last push alerts nobody. */
  private defineAlertsAndDashboard(estate: Estate): MonitoringStack['alertRules'] {
    const { forgejo, integrityProbe, retention, stacks, woodpecker } = estate;
    const instances = [
      forgejo.host,
      ...(presentLegacy(estate) === undefined ? [] : [legacyAccess(estate).instance]),
    ];
    const collected = hasRegistryVm(estate) ? collectedRegistries(estate) : [];
    const groups = [
      integrityAlerts({
        instances,
        collections: collected
          .filter(({ meanwhile }) => meanwhile === 'stopped')
          .map(({ name }) => ({ instance: legacyAccess(estate).instance, registry: name })),
        intervalMinutes: periodOf(integrityProbe.schedule).longestMinutes,
        namespace: integrityProbe.namespace,
        retention: {
          namespace: forgejo.namespace,
          cronJob: RetentionCronJob.jobName,
          maxShare: retention.maxDeletedShareOfPackage,
        },
        runbookUrl: runbookUrl(estate, 'integrity-probe'),
      }),
      retentionAlerts({
        instance: forgejo.host,
        owner: forgejo.packages.owner,
        periodMinutes: periodOf(retention.schedule).longestMinutes,
        deadlineMinutes: retention.deadlineMinutes,
        runbookUrl: runbookUrl(estate, 'retention'),
      }),
      forgejoAlerts({ namespace: forgejo.namespace, runbookUrl: runbookUrl(estate, 'evidence') }),
      secretSyncAlerts({
        instance: woodpecker.host,
        periodMinutes: periodOf(woodpecker.secretSync.schedule).longestMinutes,
        deadlineMinutes: woodpecker.secretSync.deadlineMinutes,
        runbookUrl: runbookUrl(estate, 'ci-secrets'),
      }),
      stackAlerts({
        periodMinutes: periodOf(stacks.drift.schedule).longestMinutes,
        deadlineMinutes: stacks.drift.deadlineMinutes,
        leastStacks: stacks.drift.leastStacks,
        runbookUrl: runbookUrl(estate, 'plan-and-apply'),
      }),
      ...(collected.length === 0
        ? []
        : [
            garbageCollectionAlerts({
              registries: collected.map(({ name, schedule }) => ({
                name,
                periodMinutes: periodOf(schedule).longestMinutes,
              })),
              runbookUrl: runbookUrl(estate, 'registry-vm'),
            }),
          ]),
      ...(hasRegistryVm(estate) ? breakGlassOf(estate) : []),
      ...(presentLegacy(estate) === undefined || !isAtLeast(estate.phase, 'dual-push')
        ? []
        : [
            pushAlerts({
              registries: [...legacySpellings(estate), forgejo.host],
              runbookUrl: runbookUrl(estate, 'onboard'),
            }),
          ]),
      pullAlerts({
        // In every phase: a pod left behind at the legacy registry is the one to hear of.
        hosts: [...registrySpellings(estate, 'forgejo'), ...legacySpellings(estate)],
        runbookUrl: runbookUrl(estate, 'troubleshoot-image-pull'),
      }),
    ];
    const rules = new StackFile(this, 'AlertRules', {
      fileName: 'registry-rules.yaml',
      text: stringify(ruleFile(groups), { lineWidth: 0, aliasDuplicateObjects: false }),
    });
    const valuesLocal = 'registry_prometheus_values';
    atAddress(new TerraformLocal(this, 'PrometheusValues', prometheusValues(rules.path)), valuesLocal);
    new TextConfigMap(this, 'Dashboard', {
      resourceName: 'registry_dashboard',
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
            traefikService: `${forgejo.namespace}-${ForgejoServer.serverName}-${ForgejoServer.servicePort}@kubernetes`,
          }),
          null,
          2,
        )}\n`,
      },
    });
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    return { valuesLocal, alerts: [...new Set([...predecessorAlerts, ...alerts])].sort() };
  }
}

function common(estate: Estate): Omit<JobProps, 'egress'> {
  const { namespace, schedule, timeZone } = estate.integrityProbe;
  return { namespace, schedule, timeZone, image: estate.programs.image };
}

function tuning(estate: Estate) {
  const { schedule, rereadDays, deployedRereadDays, maxBytesPerRun, maxConcurrentRequests } =
    estate.integrityProbe;
  return {
    intervalMinutes: periodOf(schedule).longestMinutes,
    ...{ rereadDays, deployedRereadDays, maxBytesPerRun, maxConcurrentRequests },
    pushgatewayUrl: pushgatewayUrl(estate),
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

/** The image that is pulled whole in every run, as the registry itself names it. */
function canaryAt(estate: Estate, side: 'source' | 'forgejo'): string {
  const image = canaryImage(estate);
  return `${imageAt(estate, image, side).repository}:${image.tag}`;
}

/** None where pipelines run in no image of ours. */
function breakGlassOf(estate: EstateWithVm): RuleGroup[] {
  const images = breakGlassImages(estate).map(({ name }) => name);
  const { schedule, secondCopy } = estate.registryVm.breakGlass;
  if (images.length === 0) return [];
  return [
    breakGlassAlerts({
      images,
      copies: ['vm', ...(secondCopy === undefined ? [] : [secondCopy.name])],
      periodMinutes: periodOf(schedule).longestMinutes,
      runbookUrl: runbookUrl(estate, 'break-glass'),
    }),
  ];
}

function toPushgateway({ pushgateway: { namespace, port } }: Estate): Egress {
  return { namespace, port };
}
