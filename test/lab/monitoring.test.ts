import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { startLab, type Lab } from '../../lab/runs/lab';
import { registryDashboard } from '../../monitoring/dashboard';
import { integrityAlerts } from '../../monitoring/integrity-alerts';
import { ruleFile } from '../../monitoring/rule-file';
import type { IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { run as runProbe } from '../../programs/integrity-probe/probe-run';
import { RegistryClient } from '../../clients/oci/client';
import { testRules, type AlertCase } from '../support/promtool';
import { pushRandomRegistry } from '../support/push-random-registry';
import { nodesOf, randomRegistry } from '../support/random-registry';
import { describeLab } from './describe-lab';

const legacy = 'registry.example:5050';
const forgejo = 'forgejo.example';
/** The Alertmanager is built once on a machine that has none. */
const toolBuildTimeoutMs = 600_000;
const runbookUrl = 'https://git.example/integrity-probe.md';

const collections = [{ instance: legacy, registry: 'private' }];
const both = { instance: forgejo };
const series = (name: string, instance = forgejo, more = ''): string =>
  `registry_manifest_integrity_${name}{instance="${instance}"${more}}`;

const cases: readonly AlertCase[] = [
  {
    title: 'a fault alerts after half an hour',
    series: { [series('failures')]: '1x60' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '31m',
    fires: [both],
  },
  {
    title: 'a fault does not alert before that',
    series: { [series('failures')]: '1x60' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '29m',
    fires: [],
  },
  {
    title: 'no fault does not alert',
    series: { [series('failures')]: '0x60' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '50m',
    fires: [],
  },
  {
    title: 'a fault of a removed registry alerts nobody',
    series: { [series('failures', 'old.example')]: '1x60' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '50m',
    fires: [],
  },
  {
    title: 'a healed fault resolves',
    series: { [series('failures')]: '1x40 0x30' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '45m',
    fires: [],
  },
  {
    title: 'each registry alerts for itself',
    series: { [series('failures')]: '1x60', [series('failures', legacy)]: '2x60' },
    alert: 'RegistryManifestIntegrityFailure',
    at: '31m',
    fires: [both, { instance: legacy }],
  },
  {
    title: 'a probe that stopped is stale after an hour and a half',
    series: { [series('last_run_timestamp')]: '0x120' },
    alert: 'RegistryIntegrityProbeStale',
    at: '92m',
    fires: [both],
  },
  {
    title: 'a probe that runs is not stale',
    series: { [series('last_run_timestamp')]: '0+60x120' },
    alert: 'RegistryIntegrityProbeStale',
    at: '100m',
    fires: [],
  },
  {
    title: 'a catalogue that is not there alerts',
    series: { [series('catalog_accessible')]: '0x60' },
    alert: 'RegistryCatalogInaccessible',
    at: '21m',
    fires: [both],
  },
  {
    title: 'a catalogue that is there does not',
    series: { [series('catalog_accessible')]: '1x60' },
    alert: 'RegistryCatalogInaccessible',
    at: '16m',
    fires: [],
  },
  {
    title: 'a probe that never pushed is absent, and only that one',
    series: { [series('last_run_timestamp')]: '0+60x120' },
    alert: 'RegistryIntegrityProbeAbsent',
    at: '62m',
    fires: [{ instance: legacy }],
  },
  {
    title: 'a refused token alerts',
    series: { [series('verdict', forgejo, ',verdict="authentication-failed"')]: '1x60' },
    alert: 'RegistryProbeAuthenticationFailed',
    at: '21m',
    fires: [{ ...both, verdict: 'authentication-failed' }],
  },
  {
    title: 'an accepted token does not',
    series: { [series('verdict', forgejo, ',verdict="authentication-failed"')]: '0x60' },
    alert: 'RegistryProbeAuthenticationFailed',
    at: '16m',
    fires: [],
  },
  {
    title: 'a missing repository alerts',
    series: { [series('repos_missing')]: '1x60' },
    alert: 'RegistryRepositoryMissing',
    at: '31m',
    fires: [both],
  },
  {
    title: 'no missing repository does not',
    series: { [series('repos_missing')]: '0x60' },
    alert: 'RegistryRepositoryMissing',
    at: '31m',
    fires: [],
  },
  {
    title: 'a catalogue that shrinks alerts',
    series: { [series('repos_checked')]: '12x30 11x60' },
    alert: 'RegistryCatalogShrunk',
    at: '65m',
    fires: [both],
  },
  {
    title: 'a catalogue that grows does not',
    series: { [series('repos_checked')]: '12x30 13x60' },
    alert: 'RegistryCatalogShrunk',
    at: '65m',
    fires: [],
  },
  {
    title: 'a catalogue that shrank more than a day ago no longer does',
    series: { [series('repos_checked')]: '12x10 11x1500' },
    alert: 'RegistryCatalogShrunk',
    at: '1460m',
    fires: [],
  },
  {
    title: 'a canary that cannot be pulled alerts',
    series: { [series('canary_success')]: '0x60' },
    alert: 'RegistryCanaryPullFailed',
    at: '31m',
    fires: [both],
  },
  {
    title: 'a canary that can be pulled does not',
    series: { [series('canary_success')]: '1x60' },
    alert: 'RegistryCanaryPullFailed',
    at: '31m',
    fires: [],
  },
  {
    title: 'runs that never reach the end alert after six hours',
    series: { [series('last_success_timestamp')]: '0x500' },
    alert: 'RegistryIntegrityUnknown',
    at: '391m',
    fires: [both],
  },
  {
    title: 'runs that reach the end do not',
    series: { [series('last_success_timestamp')]: '0+60x500' },
    alert: 'RegistryIntegrityUnknown',
    at: '376m',
    fires: [],
  },
  {
    title: 'runs of which none ever reached the end alert six hours after the first',
    series: {
      [series('last_run_timestamp')]: '0+60x500',
      [series('memory_since_timestamp')]: '0x500',
    },
    alert: 'RegistryIntegrityUnknown',
    at: '391m',
    fires: [both],
  },
  {
    title: 'a first run that does not reach the end is not alerted',
    series: { [series('memory_since_timestamp')]: '0x500' },
    alert: 'RegistryIntegrityUnknown',
    at: '350m',
    fires: [],
  },
  ...(['last_run', 'last_success'] as const).map((last): AlertCase => {
    // Off from the evening to the morning; the first run begins up to a quarter of an hour later and takes its time.
    const seen = `0+60x60 _x480 3600x27 34080x60`;
    return {
      title: `a night in which all was off alerts nobody while the first run goes on: ${last}`,
      series: { [series(`${last}_timestamp`)]: seen, [series('memory_since_timestamp')]: seen },
      alert: last === 'last_run' ? 'RegistryIntegrityProbeStale' : 'RegistryIntegrityUnknown',
      at: '567m',
      fires: [],
    };
  }),
  {
    title: 'a registry that is stopped for its garbage does not alert',
    series: {
      [series('catalog_accessible', legacy)]: '0x60',
      'registry_gc_start_timestamp_seconds{registry="private"}': '60x60',
      'registry_gc_end_timestamp_seconds{registry="private"}': '0x60',
    },
    alert: 'RegistryCatalogInaccessible',
    at: '50m',
    fires: [],
  },
  {
    title: 'a registry that is still stopped an hour after its collection began does',
    series: {
      [series('catalog_accessible', legacy)]: '0x120',
      'registry_gc_start_timestamp_seconds{registry="private"}': '60x120',
      'registry_gc_end_timestamp_seconds{registry="private"}': '0x120',
    },
    alert: 'RegistryCatalogInaccessible',
    at: '85m',
    fires: [{ instance: legacy }],
  },
  {
    title: 'a repository that lost all its tags alerts by name',
    series: { [series('repository_emptied', forgejo, ',repository="viktor/app"')]: '60x60' },
    alert: 'RegistryRepositoryEmptied',
    at: '21m',
    fires: [{ ...both, repository: 'viktor/app' }],
  },
  {
    title: 'a repository that got its tags back does not',
    series: { [series('repository_emptied', forgejo, ',repository="viktor/app"')]: '60x30 stale' },
    alert: 'RegistryRepositoryEmptied',
    at: '40m',
    fires: [],
  },
  {
    title: 'half of the tags gone within a day alerts',
    series: { [series('tags_checked')]: '100x30 49x60' },
    alert: 'RegistryTagsDropped',
    at: '60m',
    fires: [both],
  },
  {
    title: 'what retention takes in a night does not',
    series: { [series('tags_checked')]: '100x30 70x60' },
    alert: 'RegistryTagsDropped',
    at: '60m',
    fires: [],
  },
  {
    title: 'bytes that are more than a day late since a day are told',
    series: { [series('backlog_seconds')]: '90000x1500' },
    alert: 'RegistryBytesOverdue',
    at: '1441m',
    fires: [both],
  },
  {
    title: 'bytes that are caught up with within a day are not',
    series: { [series('backlog_seconds')]: '604800x1000 0x500' },
    alert: 'RegistryBytesOverdue',
    at: '1441m',
    fires: [],
  },
  {
    title: 'a memory that the Pushgateway lost is told',
    series: { [series('memory_since_timestamp')]: '0x60 3660x60' },
    alert: 'RegistryProbeMemoryLost',
    at: '85m',
    fires: [both],
  },
  {
    title: 'a memory that begins is not',
    series: { [series('memory_since_timestamp')]: '_x60 3660x60' },
    alert: 'RegistryProbeMemoryLost',
    at: '85m',
    fires: [],
  },
];

const ofProbe = {
  intervalMinutes: 15,
  namespace: 'monitoring',
  retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
  runbookUrl,
};

describeLab('the integrity alerts', () => {
  testRules(integrityAlerts({ ...ofProbe, instances: [legacy, forgejo], collections }), cases, [
    'RegistryIntegrityProbeAbsent',
  ]);
});

describeLab('a corruption', () => {
  const instance = 'registry.example:5050';
  const group = integrityAlerts({ instances: [instance], ...ofProbe });
  const [image] = randomRegistry({ seed: 1, images: 1, repositories: 1 });
  const received: { status: string; alertname: string; instance: string }[] = [];
  let lab: Lab<'legacyRegistry' | 'pushgateway' | 'prometheus' | 'alertmanager'>;
  let receiver: Server;

  beforeAll(async () => {
    // What is waited for in production is not waited for here; everything else is the same.
    const impatient = { ...group, rules: group.rules.map((rule) => ({ ...rule, for: '0s' })) };
    lab = await startLab({
      legacyRegistry: true,
      pushgateway: true,
      prometheus: { rules: [stringify(ruleFile([impatient]))] },
      alertmanager: true,
    });
    receiver = await startReceiver(received);
    await notify(lab, receiver);
    if (image !== undefined)
      await pushRandomRegistry(new RegistryClient({ url: lab.legacyRegistry.url }), [image]);
  }, toolBuildTimeoutMs);
  afterAll(async () => {
    receiver.close();
    await lab.stop();
  });

  const probe = async (): Promise<number> => {
    const config: IntegrityProbeConfig = {
      registryUrl: lab.legacyRegistry.url,
      instance,
      pushgatewayUrl: lab.pushgateway.url,
      job: 'registry-integrity-probe',
      retiredJobs: [],
      deployedReferences: [],
      intervalMinutes: 15,
      rereadDays: 7,
      deployedRereadDays: 1,
      maxBytesPerRun: 0,
      maxConcurrentRequests: 4,
      deadlineSeconds: 600,
    };
    return runProbe({ config, log: () => undefined, signal: new AbortController().signal });
  };
  const heard = async (status: string, alertname: string): Promise<void> => {
    while (!received.some((one) => one.status === status && one.alertname === alertname)) await sleep(100);
  };

  it('becomes a notification that is received, and resolves when it is healed', async () => {
    expect(await probe()).toBe(0);
    const [top] = [...(image?.tags.values() ?? [])];
    const layer = (top === undefined ? [] : nodesOf(top)).find(({ kind }) => kind === 'blob')?.digest ?? '';
    const hash = layer.replace('sha256:', '');
    const file = join(
      lab.legacyRegistry.storage,
      'docker/registry/v2/blobs/sha256',
      hash.slice(0, 2),
      hash,
      'data',
    );
    const body = readFileSync(file);

    rmSync(file);
    expect(await probe()).toBe(2);
    await heard('firing', 'RegistryManifestIntegrityFailure');

    writeFileSync(file, body);
    expect(await probe()).toBe(0);
    await heard('resolved', 'RegistryManifestIntegrityFailure');
    // Nothing is read to its last byte here, and no rule waits: that this is late is true.
    const expected = ['RegistryManifestIntegrityFailure', 'RegistryBytesOverdue'];
    expect(received.filter(({ alertname }) => !expected.includes(alertname))).toEqual([]);
  });

  it('is drawn by a dashboard whose every query this Prometheus accepts', async () => {
    const dashboard = registryDashboard({
      instances: [instance, 'forgejo.example'],
      namespace: 'forgejo',
      volumeClaim: 'forgejo-data-encrypted',
      volumeCeilingBytes: 50 * 1024 ** 3,
      traefikService: 'forgejo-forgejo-80@kubernetes',
    });
    for (const { expr } of dashboard.panels.flatMap(({ targets }) => targets)) {
      await expect(lab.prometheus.query(expr)).resolves.toBeDefined();
    }
    const verdict = dashboard.panels.find(({ title }) => title === 'Verdict')?.targets[0]?.expr ?? '';
    expect((await lab.prometheus.query(verdict)).map(({ metric }) => metric['verdict'])).toEqual(['present']);
  });
});

/** A receiver of Alertmanager's notifications. */
async function startReceiver(
  received: { status: string; alertname: string; instance: string }[],
): Promise<Server> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { alerts } = JSON.parse(text) as {
        alerts: { status: string; labels: { alertname: string; instance: string } }[];
      };
      received.push(...alerts.map(({ status, labels }) => ({ status, ...labels })));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Lets the running Alertmanager notify a webhook, at once. */
async function notify(lab: Lab<'alertmanager'>, receiver: Server): Promise<void> {
  const { port } = receiver.address() as AddressInfo;
  const route = { receiver: 'test', group_wait: '0s', group_interval: '1s', group_by: ['alertname'] };
  const webhook = { url: `http://127.0.0.1:${port}/`, send_resolved: true };
  const configuration = { route, receivers: [{ name: 'test', webhook_configs: [webhook] }] };
  writeFileSync(join(lab.folder, 'alertmanager', 'alertmanager.yml'), stringify(configuration));
  const reloaded = await fetch(`${lab.alertmanager.url}/-/reload`, { method: 'POST' });
  expect(reloaded.status).toBe(200);
}
