import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { forEachConcurrently } from '../../clients/concurrency';
import { ForgejoApi } from '../../clients/forgejo/api';
import { isDigest } from '../../clients/forgejo/tag';
import { listVersions } from '../../clients/forgejo/versions';
import { RegistryClient } from '../../clients/oci/client';
import { startLab, type Lab } from '../../lab/runs/lab';
import { EXIT } from '../../programs/exit-code';
import { partsOf } from '../../programs/retention/image';
import { pushImage, pushIndex } from '../support/push-image';
import { retainOnce } from '../support/retain-once';
import { sweepForge, type SweptOwner } from '../support/sweep-forge';
import { describeLab } from './describe-lab';

/** Thirteen builds with three tags each and a moving `latest` are forty tags; the last package is the first one's promotion. */
const PACKAGES = ['app-0', 'app-1', 'app-2', 'app-3', 'app-4', 'app-5', 'app-6', 'app-0-prod'];
const BUILDS = 13;
const KEPT_BUILDS = 4;
const MAX_NIGHTS = 10;

/** Whether it does its job: night after night, with the sweep, until there is nothing left to delete. */
describeLab('retention night after night on a real forge', () => {
  let lab: Lab<'forge'>;
  let owner: SweptOwner;
  let client: RegistryClient;
  beforeAll(async () => {
    lab = await startLab({ forge: { cleanupOlderThanSeconds: 0 } });
    const user = await lab.forge.createUser({ name: 'viktor' });
    owner = { name: user.name, token: await lab.forge.createToken(user, ['write:package']) };
    client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password: owner.token },
    });
    await forEachConcurrently(PACKAGES, PACKAGES.length, async (name) => {
      for (let build = 0; build < BUILDS; build++) await pushBuild(name, build);
    });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  /** Half of the packages are built for two platforms with an attestation. */
  const pushBuild = async (name: string, build: number): Promise<void> => {
    const origin = name.replace('-prod', '');
    const seed = `${origin} ${build}`;
    const repository = `${owner.name}/${name}`;
    const first = `main-${build}`;
    if (Number(origin.slice(-1)) % 2 === 0)
      await pushIndex(client, repository, [`${seed} a`, `${seed} b`, `${seed} attestation`], first);
    else await pushImage(client, repository, seed, first);
    const { body, mediaType } = await client.getManifest(repository, first);
    for (const tag of [`sha-${build}`, `v${build}`, 'latest'])
      await client.putManifest(repository, tag, body, mediaType);
  };

  /** Bytes of everything that the tags reach; throws when one of them does not answer whole. */
  const bytesReached = async (): Promise<number> => {
    const parts = new Map<string, number>();
    const api = new ForgejoApi({ url: lab.forge.url, owner: owner.name, token: owner.token });
    const tags = (await listVersions(api)).filter(({ name }) => !isDigest(name));
    await forEachConcurrently(tags, 8, async ({ package: name, name: tag }) => {
      for (const [part, size] of await partsOf(client, `${owner.name}/${name}`, tag)) parts.set(part, size);
    });
    return [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
  };

  it('converges to the policy, and every kept tag is whole after each night', async () => {
    const policy = { keepNewestTags: KEPT_BUILDS, maxDeletionsPerRun: 50, maxDeletedShareOfPackage: 0.3 };
    const before = await bytesReached();
    let nights = 0;
    for (let deleted = 1; deleted > 0 && nights < MAX_NIGHTS;) {
      const { code, lines } = await retainOnce(lab.forge.url, owner, policy);
      expect([code, ...lines.filter((line) => line.includes('could not'))]).toEqual([EXIT.done]);
      if (lab.forge.kind === 'forgejo') await lab.forge.runCleanup();
      else await sweepForge(lab.forge.url, [owner]);
      await bytesReached();
      deleted = lines.filter((line) => line.includes(' deleted')).length;
      if (deleted > 0) nights += 1;
    }
    const after = await bytesReached();
    console.log(
      `${lab.forge.kind} ${lab.forge.version}: ${PACKAGES.length} packages of ${BUILDS} builds in ${3 * BUILDS + 1} tags are down to the newest ${KEPT_BUILDS} after ${nights} nights, ${before - after} of ${before} bytes freed`,
    );

    const api = new ForgejoApi({ url: lab.forge.url, owner: owner.name, token: owner.token });
    const versions = (await listVersions(api)).filter((version) => PACKAGES.includes(version.package));
    const indexes = PACKAGES.filter((name) => Number(name.replace('-prod', '').slice(-1)) % 2 === 0).length;
    expect(nights).toBeLessThan(MAX_NIGHTS);
    expect(versions.filter(({ name }) => !isDigest(name))).toHaveLength(
      PACKAGES.length * (3 * KEPT_BUILDS + 1),
    );
    expect(versions.filter(({ name }) => isDigest(name))).toHaveLength(indexes * KEPT_BUILDS * 3);
    expect(after).toBeLessThan(before / 2);
  }, 900_000);
});
