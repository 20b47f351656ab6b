import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { retention } from '../../commands/retention';
import { RegistryClient } from '../../clients/oci/client';
import { FakeCluster } from '../support/fake-cluster';
import { FakeForgejo } from '../support/fake-forgejo';
import { pushImage, pushIndex } from '../support/push-image';

const DAY_MS = 24 * 3_600_000;

describe('npm run retention', () => {
  let forge: FakeForgejo;
  let cluster: FakeCluster;
  beforeEach(async () => {
    forge = await new FakeForgejo().start();
    cluster = await new FakeCluster().start();
    forge.tokens.set('token', forge.owner);
    const client = new RegistryClient({
      url: forge.url,
      credentials: { username: forge.owner, password: 'token' },
    });
    for (let day = 14; day > 0; day--) {
      forge.now = () => Date.now() - day * DAY_MS - 60_000;
      if (day === 1) await pushIndex(client, 'viktor/app', ['a', 'b'], 'v14');
      else await pushImage(client, 'viktor/app', `build ${day}`, `v${15 - day}`);
    }
    forge.requests.length = 0;
  });
  afterEach(async () => {
    await forge.stop();
    await cluster.stop();
  });

  const ask = async (...args: readonly string[]): Promise<string> => {
    let text = '';
    await retention({
      signal: new AbortController().signal,
      args: ['--against', forge.url, ...args],
      user: forge.owner,
      token: 'token',
      out: (part) => (text += part),
      err: (part) => (text += part),
    });
    return text;
  };

  it('prints tag, age, size, decision and reason, and deletes nothing', async () => {
    const table = await ask();

    expect(table).toMatch(/^TAG +AGE +SIZE +DECISION +REASON$/m);
    expect(table).toMatch(/^app:v14 +24 h +\d+(\.\d)? K?i?B +keep +newest 1$/m);
    expect(table).toMatch(
      /^app:v1 +14 d +2.6 KiB +delete +number 14 by age, pushed 336 h ago, and nothing needs it$/m,
    );
    expect(table).toContain('14 tags: keep 10, delete 4; nothing was deleted');
    expect(table).toContain('the cluster was not asked');
    expect(table).toContain('the estate was not asked');
    expect(forge.requests.filter((request) => !/^(GET|HEAD)/.test(request))).toEqual([]);
  });

  it('asks a cluster, and says what it needs', async () => {
    const host = new URL(forge.url).host;
    const spec = { containers: [{ image: `${host}/viktor/app:v1` }, { image: `${host}/viktor/app:v99` }] };
    cluster.objects.set('/api/v1/pods', [{ metadata: { name: 'pod', namespace: 'apps' }, spec }]);

    const table = await ask('--cluster', cluster.url);

    expect(table).toMatch(/^app:v1 .* keep +the cluster needs it: Pod apps\/pod$/m);
    expect(table).toContain('viktor/app:v99 is missing, and the cluster needs it: Pod apps/pod');
  });

  it('prints the same as JSON', async () => {
    const { rows } = JSON.parse(
      (await ask('--cluster', cluster.url, '--json')).replace(/^retention: .*\n/, ''),
    ) as { rows: readonly object[] };

    expect(rows).toHaveLength(14);
    expect(rows[13]).toEqual({
      package: 'app',
      version: 'v1',
      ageHours: 336,
      bytes: expect.any(Number),
      decision: 'delete',
      reason: 'number 14 by age, pushed 336 h ago, and nothing needs it',
    });
  });

  it('says how it is used when it is told no forge', async () => {
    const run = retention({
      args: [],
      user: '',
      token: '',
      signal: new AbortController().signal,
      out: () => undefined,
      err: () => undefined,
    });

    await expect(run).rejects.toThrow(
      'retention: no forge to look at; usage: npm run retention -- --against',
    );
  });
});
