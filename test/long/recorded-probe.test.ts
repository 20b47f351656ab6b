import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { RegistryClient } from '../../clients/oci/client';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { integrityAlerts } from '../../monitoring/integrity-alerts';
import { ruleFile } from '../../monitoring/rule-file';
import { run as runProbe } from '../../programs/integrity-probe/run';
import { run } from '../../terminal/run';
import { pushImage } from '../support/push-image';
import { RecordedSeries } from '../support/recorded-series';
import { describeLab } from '../lab/describe-lab';

const instance = 'registry.example:5050';
const job = 'registry-integrity-probe';
const minute = 60_000;
const quarter = 15 * minute;
/** Recording goes on until the last damage that only a full round of reading finds has healed again. */
const hours = 250;
const failure = 'RegistryManifestIntegrityFailure';

/** From one hour to another these alerts fire, and no other may but those. */
interface Expectation {
  readonly from: number;
  readonly to: number;
  readonly firing: readonly string[];
  readonly may?: readonly string[];
}

/**
 * The bundled program's own code against a real registry:2 with its default cache, through a real Pushgateway, every
 * quarter of an hour of ten days whose clock is handed in; each damage by itself, done and undone on the disk.
 */
describeLab('ten days of the integrity probe, recorded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
  let lab: Lab<'legacyRegistry' | 'pushgateway'>;

  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: { cached: true }, pushgateway: true });
  }, 600_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await lab.stop();
  });

  it('end each damage in its alert within the time that the runbook promises, and raise no other', async () => {
    const { legacyRegistry, pushgateway } = lab;
    const client = new RegistryClient({ url: legacyRegistry.url });
    const names = ['deployed', 'gone', 'cut', 'unlinked', 'changed', 'unreadable', 'swapped', 'emptied'];
    const manifests = new Map<string, string>();
    const layers = new Map<string, string>();
    for (const name of names) {
      const digest = await pushImage(client, name, `seed of ${name}`, '1');
      const { body } = await client.getManifest(name, digest);
      manifests.set(name, digest);
      const manifest = JSON.parse(body.toString()) as { layers: { digest: string }[] };
      layers.set(name, manifest.layers[0]?.digest ?? '');
    }
    const root = join(legacyRegistry.storage, 'docker/registry/v2');
    const data = (digest = ''): string =>
      join(root, 'blobs/sha256', digest.slice(7, 9), digest.slice(7), 'data');
    const layer = (name: string): string => data(layers.get(name));
    const link = join(
      root,
      'repositories/unlinked/_manifests/revisions/sha256',
      (manifests.get('unlinked') ?? '').slice(7),
    );
    const tags = join(root, 'repositories/emptied/_manifests/tags');
    const bytes = (path: string, change: (body: Buffer) => Buffer): void => {
      writeFileSync(path, change(readFileSync(path)));
    };
    const flipped = (body: Buffer): Buffer => {
      const copy = Buffer.from(body);
      copy.writeUInt8(copy.readUInt8(600) ^ 1, 600);
      return copy;
    };

    const expectations: Expectation[] = [{ from: 1, to: 3, firing: [] }];
    const happenings = new Map<number, () => unknown>();
    /** Damages a path at an hour, expects the alert from the promised one on, puts it back and expects silence. */
    const damaged = (at: number, found: number, healed: number, path: string, damage: () => void): void => {
      const copy = join(folder, String(at));
      happenings.set(at, () => {
        cpSync(path, copy, { recursive: true });
        damage();
      });
      happenings.set(healed, () => {
        rmSync(path, { recursive: true, force: true });
        mkdirSync(dirname(path), { recursive: true });
        cpSync(copy, path, { recursive: true });
      });
      expectations.push({ from: found, to: healed, firing: [failure] });
      expectations.push({ from: healed + 1, to: healed + 2, firing: [] });
    };
    damaged(4, 5, 8, layer('gone'), () => {
      rmSync(layer('gone'));
    });
    damaged(10, 11, 14, layer('cut'), () => {
      bytes(layer('cut'), (body) => body.subarray(0, 700));
    });
    damaged(16, 17, 20, link, () => {
      rmSync(link, { recursive: true });
    });
    damaged(22, 23, 26, data(manifests.get('changed')), () => {
      bytes(data(manifests.get('changed')), () => Buffer.from('{}'));
    });
    damaged(28, 29, 32, layer('unreadable'), () => {
      rmSync(layer('unreadable'));
      mkdirSync(layer('unreadable'));
    });
    damaged(34, 34 + 25, 64, layer('deployed'), () => {
      bytes(layer('deployed'), flipped);
    });
    damaged(66, 66 + 169, 240, layer('swapped'), () => {
      bytes(layer('swapped'), () => readFileSync(layer('cut')));
    });

    const away = (from: number, to: number) => (hour: number) => hour >= from && hour < to;
    const jobAway = away(70, 76);
    const collected = away(80, 80.7);
    const down = away(84, 87);
    expectations.push({ from: 72, to: 75, firing: ['RegistryIntegrityProbeStale'], may: [failure] });
    expectations.push({ from: 77, to: 84, firing: [], may: [failure] });
    expectations.push({ from: 85, to: 87, firing: ['RegistryCatalogInaccessible'], may: [failure] });
    expectations.push({ from: 88, to: 99, firing: [], may: [failure] });
    happenings.set(100, () => {
      rmSync(tags, { recursive: true });
    });
    expectations.push({ from: 101, to: 106, firing: ['RegistryRepositoryEmptied'], may: [failure] });
    happenings.set(106, () =>
      fetch(`${pushgateway.url}/metrics/job/${job}`, {
        method: 'POST',
        body: `registry_manifest_integrity_repository_removed{instance="${instance}",repository="emptied"} 1\n`,
      }),
    );
    expectations.push({ from: 108, to: 200, firing: [], may: [failure] });
    happenings.set(244, () => fetch(`${pushgateway.url}/metrics/job/${job}`, { method: 'DELETE' }));
    expectations.push({ from: 245, to: hours - 1, firing: ['RegistryProbeMemoryLost'] });

    const recorded = new RecordedSeries();
    let exposition = '';
    for (let round = 0; round < hours * 4; round += 1) {
      const hour = round / 4;
      await happenings.get(hour)?.();
      recorded.add(exposition, 1, /^registry_manifest_integrity_/);
      const unreachable = collected(hour) || down(hour);
      const config = {
        ...{ registryUrl: unreachable ? 'http://127.0.0.1:9' : legacyRegistry.url, instance, job },
        ...{ pushgatewayUrl: pushgateway.url, retiredJobs: [], deployedReferences: ['deployed:1'] },
        ...{ intervalMinutes: 15, rereadDays: 7, deployedRereadDays: 1, maxBytesPerRun: 1e9 },
        ...{ maxConcurrentRequests: 8, deadlineSeconds: 600 },
      };
      const { signal } = new AbortController();
      const now = (): number => (round + 1) * quarter;
      if (!jobAway(hour)) await runProbe({ config, log: () => undefined, signal, now });
      exposition = await pushgateway.metrics();
      recorded.add(exposition, 14, /^registry_manifest_integrity_/);
    }

    const group = integrityAlerts({
      ...{ instances: [instance], collections: [{ instance, registry: 'private' }] },
      ...{ intervalMinutes: 15, namespace: 'monitoring' },
      retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
      runbookUrl: 'https://git.example/integrity-probe.md',
    });
    // In the simulated time a collection of garbage stops the registry from 80:00 to 80:42.
    const gc = (name: string): string => `registry_gc_${name}_timestamp_seconds{registry="private"}`;
    const collection = [
      { series: gc('start'), values: `_x${80 * 60} ${80 * 3600}x2000` },
      { series: gc('end'), values: `_x${80 * 60 + 42} ${80 * 3600 + 2520}x2000` },
    ];
    const at = expectations.flatMap(({ from, to, firing, may = [] }) =>
      Array.from({ length: to - from + 1 }, (_, index) => ({
        expr: `count by (alertname) (ALERTS{alertstate="firing",alertname!~"none|${may.join('|')}"})`,
        eval_time: `${(from + index) * 60}m`,
        exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
      })),
    );
    writeFileSync(join(folder, 'rules.yml'), stringify(ruleFile([group])));
    writeFileSync(
      join(folder, 'test.yml'),
      stringify({
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [
          { interval: '1m', input_series: [...recorded.inputSeries(), ...collection], promql_expr_test: at },
        ],
      }),
    );
    const promtool = (await findTool('promtool')).path;
    const { stdout, stderr } = await run(promtool, ['test', 'rules', join(folder, 'test.yml')]);
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
  }, 1_200_000);
});
