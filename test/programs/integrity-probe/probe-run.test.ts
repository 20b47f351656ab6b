import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type IntegrityProbeConfig, parseConfig } from '../../../programs/integrity-probe/config';
import { run } from '../../../programs/integrity-probe/probe-run';
import { mediaTypes } from '../../../clients/oci/manifest';
import { FakePushgateway } from '../../support/fake-pushgateway';
import { FakeRegistry } from '../../support/fake-registry';

const prefix = 'registry_manifest_integrity_';
let registry: FakeRegistry;
let pushgateway: FakePushgateway;

beforeEach(async () => {
  registry = await new FakeRegistry().start();
  pushgateway = await new FakePushgateway().start();
});
afterEach(async () => {
  await registry.stop();
  await pushgateway.stop();
});

function configOf(props: Partial<IntegrityProbeConfig> = {}): IntegrityProbeConfig {
  return {
    registryUrl: registry.url,
    instance: 'forgejo.example',
    pushgatewayUrl: pushgateway.url,
    job: 'forgejo-integrity-probe',
    retiredJobs: [],
    deployedReferences: [],
    intervalMinutes: 15,
    rereadDays: 7,
    deployedRereadDays: 1,
    maxBytesPerRun: 1e9,
    maxConcurrentRequests: 4,
    deadlineSeconds: 600,
    ...props,
  };
}

async function probe(
  props: Partial<IntegrityProbeConfig> = {},
): Promise<{ code: number; lines: string[]; metrics: Record<string, number> }> {
  const lines: string[] = [];
  const before = pushgateway.pushes.length;
  const code = await run({
    config: configOf(props),
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  const body = pushgateway.pushes.slice(before).find(({ method }) => method !== 'DELETE')?.body ?? '';
  const samples = body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '));
  const metrics = samples.map(([name = '', value]) => [
    name.replace(prefix, '').replace('instance="forgejo.example"', '').replace('{}', '').replace('{,', '{'),
    Number(value),
  ]);
  return { code, lines, metrics: Object.fromEntries(metrics) as Record<string, number> };
}

function pushImage(tag: string, layer: Buffer, repository = 'viktor/app'): string {
  const digest = registry.putBlob(repository, layer);
  registry.putManifest(repository, tag, {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: layer.length },
    layers: [],
  });
  return digest;
}

describe('a run', () => {
  it('over a whole registry exits 0 and replaces the group with what it saw', async () => {
    pushImage('1', Buffer.from('layer'));
    const { code, metrics } = await probe({ canaryReference: 'viktor/app:1' });
    expect(code).toBe(0);
    expect(pushgateway.pushes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /metrics/job/forgejo-integrity-probe',
    ]);
    expect(metrics).toMatchObject({
      failures: 0,
      catalog_accessible: 1,
      repos_checked: 1,
      tags_checked: 1,
      indexes_checked: 0,
      blobs_read: 1,
      hashed_bytes: 5,
      success: 1,
      backlog_seconds: 0,
      'repository_tags{repository="viktor/app"}': 1,
      unread_bytes: 0,
      canary_success: 1,
      'faults{kind="missing-blob"}': 0,
      'verdict{verdict="healthy"}': 1,
      'verdict{verdict="image-broken"}': 0,
    });
    expect(Math.abs((metrics['last_run_timestamp'] ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(metrics['last_success_timestamp']).toBe(metrics['last_run_timestamp']);
  });

  it('that finds a fault exits 2, and its log names the place', async () => {
    const digest = pushImage('1', Buffer.from('layer'));
    registry.repository('viktor/app').blobs.delete(digest);
    const { code, lines, metrics } = await probe();
    expect(code).toBe(2);
    expect(metrics).toMatchObject({
      failures: 1,
      success: 0,
      'faults{kind="missing-blob"}': 1,
      'verdict{verdict="image-broken"}': 1,
    });
    expect(lines[0]).toContain(`viktor/app:1 config ${digest}: missing-blob: `);
  });

  it('that cannot reach the registry exits 1 and leaves the findings of the last whole run in place', async () => {
    const url = registry.url;
    await registry.stop();
    registry = await new FakeRegistry().start();
    const { code, metrics } = await probe({ registryUrl: url });
    expect(code).toBe(1);
    expect(pushgateway.pushes.map(({ method }) => method)).toEqual(['POST']);
    expect(metrics).toMatchObject({ catalog_accessible: 0, 'verdict{verdict="registry-down"}': 1 });
    expect(Object.keys(metrics)).not.toContain('failures');
    expect(Object.keys(metrics)).not.toContain('last_success_timestamp');
  }, 30_000);

  it('over a healthy registry with nothing in it says empty, which is no failure', async () => {
    const { code, metrics } = await probe();
    expect(code).toBe(0);
    expect(metrics).toMatchObject({ catalog_accessible: 1, repos_checked: 0, 'verdict{verdict="empty"}': 1 });
  });

  it('over a catalogue of 10,000 repositories looks at the last one too', async () => {
    const names = Array.from(
      { length: 10_000 },
      (_, index) => `viktor/app-${String(index).padStart(4, '0')}`,
    );
    names.forEach((name) => registry.repository(name));
    const last = names.at(-1) ?? '';
    const digest = pushImage('1', Buffer.from('layer'), last);
    registry.repository(last).blobs.delete(digest);

    const { code, lines, metrics } = await probe({ maxConcurrentRequests: 32 });

    expect(code).toBe(2);
    expect(metrics).toMatchObject({ repos_checked: 10_000, tags_checked: 1, failures: 1 });
    expect(lines[0]).toContain(`${last}:1 config ${digest}: missing-blob: `);
  }, 120_000);

  it('that misses a repository of the cluster says that the catalogue shrank', async () => {
    const { code, metrics } = await probe({ deployedReferences: ['viktor/app:1'] });
    expect(code).toBe(2);
    expect(metrics).toMatchObject({ repos_missing: 1, failures: 1, 'verdict{verdict="catalog-shrunk"}': 1 });
  });

  it('whose canary is damaged says so even when the byte check has no budget', async () => {
    const digest = pushImage('1', Buffer.from('layer'));
    registry.repository('viktor/app').blobs.set(digest, Buffer.from('lAyer'));
    const { code, metrics } = await probe({ canaryReference: 'viktor/app:1', maxBytesPerRun: 0 });
    expect(code).toBe(2);
    expect(metrics).toMatchObject({ canary_success: 0, failures: 0, 'verdict{verdict="pull-failed"}': 1 });
  });

  it('removes what a retired probe left in the Pushgateway', async () => {
    await probe({ retiredJobs: ['registry-integrity-probe'] });
    expect(pushgateway.pushes.map(({ method, path }) => `${method} ${path}`)).toContain(
      'DELETE /metrics/job/registry-integrity-probe',
    );
  });

  it('whose results the Pushgateway does not take fails', async () => {
    const { code, lines } = await probe({ pushgatewayUrl: registry.url });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/^POST .*: refused, got 404/);
  });
});

describe('the configuration', () => {
  it('is read as it was written', () => {
    const config = configOf({ canaryReference: 'viktor/app:1' });
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  });

  it('is refused with everything that is wrong with it', () => {
    const wrong = {
      ...configOf(),
      registryUrl: 'forgejo',
      job: '',
      rereadDays: -1,
      deployedReferences: ['A/b'],
    };
    expect(() => parseConfig(JSON.stringify(wrong))).toThrow(
      'integrity probe configuration: registryUrl must be scheme, host and port, got "forgejo"; job must be the name of a job, got ""; deployedReferences must be a list of references without a host, got ["A/b"]; rereadDays must be days from 0 to 3660, got -1; correct the construct\'s props',
    );
  });
});
