import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab, type Lab } from '../../lab/runs/lab';
import { ByteCheck } from '../../programs/integrity-probe/byte-check';
import { walk } from '../../programs/integrity-probe/walk';
import { RegistryClient } from '../../clients/oci/client';
import { pushRandomRegistry } from '../support/push-random-registry';
import type { Credentials } from '../../clients/http/authorizer';
import {
  below,
  type ContentNode,
  expectedFaults,
  nodesOf,
  randomOf,
  type RandomRepository,
  randomRegistry,
} from '../support/random-registry';
import { flipByte, RegistryStorage } from '../support/registry-storage';
import { describeLab } from './describe-lab';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`integrity probe: SEED=${seed}`);
const images = 210;
const damages = 120;
const pushTimeoutMs = 400_000;

async function lookAt(
  url: string,
  credentials?: Credentials,
): Promise<{ lines: string[]; tags: number; interrupted: boolean }> {
  const lines: string[] = [];
  const { tags, interruption } = await walk({
    client: clientOf(url, credentials),
    deployed: new Map(),
    byteCheck: new ByteCheck({
      rereadMs: 0,
      deployedRereadMs: 0,
      maxBytesPerRun: Infinity,
      slot: { sinceMs: 0, untilMs: 1 },
    }),
    round: 0,
    onFault: ({ repository, reference, path, kind }) =>
      lines.push([`${repository}:${reference}`, ...path].join(' ').concat(`: ${kind}`)),
  });
  return { lines: lines.sort(), tags, interrupted: interruption !== undefined };
}

function clientOf(url: string, credentials?: Credentials): RegistryClient {
  const patience = { retries: 1, retryDelayMs: 1, timeoutMs: 60_000 };
  return new RegistryClient({ url, ...patience, ...(credentials === undefined ? {} : { credentials }) });
}

/** Damages random objects, each in one way; answers what a probe has to say of them. */
function damageAtRandom(
  content: readonly RandomRepository[],
  damageOne: (repository: string, node: ContentNode, random: () => number) => [key: string, kind: string],
): Map<string, string> {
  const random = randomOf(seed + 1);
  const damage = new Map<string, string>();
  const places = content.flatMap(({ name, tags }) =>
    [...tags.values()].flatMap((top) => nodesOf(top).map((node) => ({ name, node }))),
  );
  for (let done = 0; done < damages; done += 1) {
    const place = places[below(random, places.length)];
    if (place === undefined || [...damage.keys()].some((key) => key.endsWith(place.node.digest))) continue;
    damage.set(...damageOne(place.name, place.node, random));
  }
  return damage;
}

function countTags(content: readonly RandomRepository[]): number {
  return content.reduce((sum, { tags }) => sum + tags.size, 0);
}

function missing({ kind }: ContentNode): string {
  return kind === 'blob' ? 'missing-blob' : 'missing-manifest';
}

describeLab('the integrity probe on a real registry:2', () => {
  const content = randomRegistry({ seed, images, repositories: 21 });
  let lab: Lab<'legacyRegistry'>;

  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: true });
    await pushRandomRegistry(clientOf(lab.legacyRegistry.url), content);
  }, pushTimeoutMs);
  afterAll(() => lab.stop());

  it('raises no alarm while registry:2 is whole; finds every damage, names it exactly and finishes the rest', async () => {
    const whole = { lines: [], tags: countTags(content), interrupted: false };
    expect(await lookAt(lab.legacyRegistry.url)).toEqual(whole);

    const storage = new RegistryStorage(lab.legacyRegistry.storage);
    const damage = damageAtRandom(content, (name, node, random) => {
      switch (below(random, 4)) {
        case 0:
          storage.removeData(node.digest);
          return [node.digest, missing(node)];
        case 1:
          storage.flip(node.digest);
          return [node.digest, 'digest-mismatch'];
        case 2:
          storage.truncate(node.digest, below(random, node.body.length));
          // registry:2 parses a manifest before it serves it, and answers a server error when it cannot.
          return [node.digest, node.kind === 'blob' ? 'size-mismatch' : 'unreadable'];
        default:
          if (node.kind === 'blob') storage.unlinkLayer(name, node.digest);
          else storage.unlinkManifest(name, node.digest);
          return [`${name} ${node.digest}`, missing(node)];
      }
    });
    const lines = expectedFaults(content, damage);
    expect(lines.length).toBeGreaterThan(100);
    expect(await lookAt(lab.legacyRegistry.url)).toEqual({
      lines,
      tags: countTags(content),
      interrupted: false,
    });
  });
});

describeLab('the integrity probe on a real forge', () => {
  const content = randomRegistry({ seed, images, repositories: 21, nested: false });
  let lab: Lab<'forge'>;
  let puller: Credentials;

  beforeAll(async () => {
    lab = await startLab({ forge: true });
    const owner = await lab.forge.createUser({ name: 'owner', visibility: 'limited' });
    const robot = await lab.forge.createUser({ name: 'cluster-puller' });
    const pushToken = await lab.forge.createToken(owner, ['write:package']);
    const pusher = clientOf(lab.forge.url, { username: owner.name, password: pushToken });
    await pushRandomRegistry(pusher, content);
    puller = { username: robot.name, password: await lab.forge.createToken(robot, ['read:package']) };
  }, pushTimeoutMs);
  afterAll(() => lab.stop());

  it('raises no alarm while the forge is whole; finds every damage, names it exactly and finishes the rest', async () => {
    const whole = { lines: [], tags: countTags(content), interrupted: false };
    expect(await lookAt(lab.forge.url, puller)).toEqual(whole);

    const damage = damageAtRandom(content, (_name, node, random) => {
      const hash = node.digest.replace('sha256:', '');
      const file = join(lab.forge.packageStorage, hash.slice(0, 2), hash.slice(2, 4), hash);
      switch (below(random, 3)) {
        case 0:
          rmSync(file);
          return [node.digest, missing(node)];
        case 1:
          flipByte(file);
          return [node.digest, 'digest-mismatch'];
        default:
          // HEAD answers the full length from the database; GET promises it and is cut.
          truncateSync(file, below(random, node.body.length));
          return [node.digest, 'unreadable'];
      }
    });
    const lines = expectedFaults(content, damage);
    expect(lines.length).toBeGreaterThan(100);
    expect(await lookAt(lab.forge.url, puller)).toEqual({
      lines,
      tags: countTags(content),
      interrupted: false,
    });
  });
});
