import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import { atAddress } from '../constructs/address';
import type { Egress } from '../constructs/egress-policy';
import { IntegrityProbeCronJob } from '../constructs/integrity-probe-cron-job';
import type { JobProps } from '../constructs/program-cron-job';
import { StackFile } from '../constructs/stack-file';
import { TextConfigMap } from '../constructs/text-config-map';
import { ForgejoServer } from '../constructs/forgejo-server';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import { legacyAccess, legacySpellings, presentLegacy } from '../estate/derived/legacy-registry';
import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { quantityBytes } from '../estate/derived/quantity';
import { canaryImage, imageAt, pulledReference } from '../estate/derived/references';
import { registrySpellings } from '../estate/derived/registries';
import { periodOf } from '../estate/derived/schedule';
import type { Estate } from '../estate/estate';
import type { LegacyRegistryFacts } from '../estate/legacy-registry';
import { isAtLeast } from '../estate/phases';
import { registryDashboard } from '../monitoring/dashboard';
import { prometheusValues, ruleFile } from '../monitoring/rule-file';
import { alertGroups } from './alert-groups';
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

  private defineAlertsAndDashboard(estate: Estate): MonitoringStack['alertRules'] {
    const { forgejo, integrityProbe } = estate;
    const instances = [
      forgejo.host,
      ...(presentLegacy(estate) === undefined ? [] : [legacyAccess(estate).instance]),
    ];
    const groups = alertGroups(estate, instances);
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
  const { longestMinutes: periodMinutes } = periodOf(schedule);
  return { namespace, schedule, timeZone, periodMinutes, image: estate.programs.image };
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

function toPushgateway({ pushgateway: { namespace, port } }: Estate): Egress {
  return { namespace, port };
}
