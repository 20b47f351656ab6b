import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retention } from '../../commands/retention';
import { estate } from '../../estate';
import type { RetentionConfig } from '../../programs/retention/config';
import { retentionConfig } from '../../stacks/retention-config';
import { call, livingOn, type Called } from '../support/call';
import { RegistryClient } from '../../clients/oci/client';
import { FakeCluster } from '../support/fake-cluster';
import { FakeForgejo } from '../support/fake-forgejo';
import { pushImage, pushIndex } from '../support/push-image';

const DAY_MS = 24 * 3_600_000;
const ofTheEstate = retentionConfig(estate);
jest.setTimeout(60_000);

describe('the retention command', () => {
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

  /** With the estate's policy, for the forge of this test. */
  const config = (): RetentionConfig => ({
    ...ofTheEstate,
    registryHosts: [new URL(forge.url).host],
    estateReferences: [`${new URL(forge.url).host}/viktor/app:v2`],
    deadlineSeconds: 60,
  });
  const ask = async (...args: readonly string[]): Promise<Called> =>
    call(['retention', '--against', forge.url, ...args], {
      environment: { FORGEJO_USER: forge.owner, FORGEJO_TOKEN: 'token' },
      verbs: [retention(livingOn(), config)],
    });

  it('prints tag, age, size, decision and reason, and deletes nothing', async () => {
    const { out: table, err, code } = await ask();

    expect(table).toMatch(/^TAG +AGE +SIZE +DECISION +REASON$/m);
    expect(table).toMatch(/^app:v14 +24 h +\d+(\.\d)? K?i?B +keep +newest 1$/m);
    expect(table).toMatch(
      /^app:v1 +14 d +2.6 KiB +delete +build number 14 by age, pushed 14 days ago, and nothing needs it$/m,
    );
    expect(table).toMatch(/^app:v2 .* keep +the estate names it: 127\.0\.0\.1:\d+\/viktor\/app:v2$/m);
    expect(table).toContain('14 tags: keep 11, delete 3; nothing was deleted');
    expect(err).toContain('no cluster was asked');
    expect(code).toBe(2);
    expect(forge.requests.filter((request) => !/^(GET|HEAD)/.test(request))).toEqual([]);
  });

  it('is refused without a token, by the variable that would hold it, and asks nobody', async () => {
    let said = '';
    const { code } = await call(['retention', '--against', forge.url], {
      environment: { FORGEJO_USER: forge.owner },
      verbs: [
        retention(
          livingOn((text) => (said += text)),
          config,
        ),
      ],
    });

    expect(code).toBe(3);
    expect(said).toContain('FORGEJO_TOKEN: is not set, got nothing; export a token with read:package');
    expect(forge.requests).toEqual([]);
  });

  it('asks a cluster, and says what it needs', async () => {
    const host = new URL(forge.url).host;
    const spec = { containers: [{ image: `${host}/viktor/app:v1` }, { image: `${host}/viktor/app:v99` }] };
    cluster.objects.set('/api/v1/pods', [{ metadata: { name: 'pod', namespace: 'apps' }, spec }]);

    const { out: table } = await ask('--cluster', cluster.url);

    expect(table).toMatch(/^app:v1 .* keep +the cluster needs it: Pod apps\/pod$/m);
    expect(table).toContain('viktor/app:v99 is missing, and the cluster needs it: Pod apps/pod');
  });

  it('prints the same as JSON', async () => {
    const { rows } = JSON.parse((await ask('--cluster', cluster.url, '--json')).out) as { rows: object[] };

    expect(rows).toHaveLength(14);
    expect(rows[13]).toEqual({
      package: 'app',
      version: 'v1',
      ageHours: 336,
      bytes: expect.any(Number),
      decision: 'delete',
      reason: 'build number 14 by age, pushed 14 days ago, and nothing needs it',
    });
  });

  it('takes the configuration of a job from a file, and says what is wrong with it', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'retention-')), 'config.json');
    writeFileSync(file, JSON.stringify({ ...config(), keepNewestTags: 0 }));

    const told: string[] = [];
    const { code } = await call(['retention', '--against', forge.url, '--config', file], {
      verbs: [retention(livingOn((text) => told.push(text)))],
    });

    expect(code).toBe(3);
    expect(told.join('')).toContain('keepNewestTags must be a whole number from 1 to 1000000, got 0');
  });

  it.each([join(tmpdir(), 'absent', 'config.json'), tmpdir()])(
    'says that %s is no configuration',
    async (file) => {
      let said = '';
      const { code } = await call(['retention', '--against', forge.url, '--config', file], {
        environment: { FORGEJO_TOKEN: 'token' },
        verbs: [
          retention(
            livingOn((text) => (said += text)),
            config,
          ),
        ],
      });

      expect(said).toContain(`--config: the file cannot be read, got "${file}" (E`);
      expect(code).toBe(3);
    },
  );
});
