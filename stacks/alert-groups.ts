import { RetentionCronJob } from '../constructs/retention-cron-job';
import { breakGlassImages } from '../estate/derived/break-glass';
import { collectedRegistries } from '../estate/derived/collected-registries';
import { legacyAccess, legacySpellings, presentLegacy } from '../estate/derived/legacy-registry';
import { registrySpellings } from '../estate/derived/registries';
import { runbookUrl } from '../estate/derived/runbooks';
import { periodOf } from '../estate/derived/schedule';
import { hasRegistryVm, type Estate, type EstateWithVm } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import type { RuleGroup } from '../monitoring/alert-rule';
import { breakGlassAlerts } from '../monitoring/break-glass-alerts';
import { forgejoAlerts } from '../monitoring/forgejo-alerts';
import { garbageCollectionAlerts } from '../monitoring/garbage-collection-alerts';
import { integrityAlerts } from '../monitoring/integrity-alerts';
import { pullAlerts } from '../monitoring/pull-alerts';
import { pushAlerts } from '../monitoring/push-alerts';
import { retentionAlerts } from '../monitoring/retention-alerts';
import { secretSyncAlerts } from '../monitoring/secret-sync-alerts';
import { stackAlerts } from '../monitoring/stack-alerts';

/**
 * Every rule of the estate's phase, for what runs in it alone: a removed probe's last push alerts nobody.
 *
 * @param instances the registries that are probed
 */
export function alertGroups(estate: Estate, instances: readonly string[]): readonly RuleGroup[] {
  const { forgejo, integrityProbe, retention, stacks, woodpecker } = estate;
  const collected = hasRegistryVm(estate) ? collectedRegistries(estate) : [];
  return [
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
    stacks.pipelines !== undefined &&
      stackAlerts({
        periodMinutes: periodOf(stacks.drift.schedule).longestMinutes,
        ...stacks.drift,
        runbookUrl: runbookUrl(estate, 'plan-and-apply'),
      }),
    collected.length > 0 &&
      garbageCollectionAlerts({
        registries: collected.map(({ name, schedule }) => ({
          name,
          periodMinutes: periodOf(schedule).longestMinutes,
        })),
        runbookUrl: runbookUrl(estate, 'registry-vm'),
      }),
    hasRegistryVm(estate) && breakGlassOf(estate),
    presentLegacy(estate) !== undefined &&
      isAtLeast(estate.phase, 'dual-push') &&
      pushAlerts({
        legacy: legacySpellings(estate),
        forgejo: forgejo.host,
        runbookUrl: runbookUrl(estate, 'onboard'),
      }),
    pullAlerts({
      // In every phase: a pod left behind at the legacy registry is the one to hear of.
      hosts: [...registrySpellings(estate, 'forgejo'), ...legacySpellings(estate)],
      runbookUrl: runbookUrl(estate, 'troubleshoot-image-pull'),
    }),
  ].filter((group) => group !== false);
}

/** None where pipelines run in no image of ours. */
function breakGlassOf(estate: EstateWithVm): RuleGroup | false {
  const images = breakGlassImages(estate).map(({ name }) => name);
  const { schedule, secondCopy } = estate.registryVm.breakGlass;
  return (
    images.length > 0 &&
    breakGlassAlerts({
      images,
      copies: ['vm', ...(secondCopy === undefined ? [] : [secondCopy.name])],
      periodMinutes: periodOf(schedule).longestMinutes,
      runbookUrl: runbookUrl(estate, 'break-glass'),
    })
  );
}
