import { join } from 'node:path';
import { expect } from '@jest/globals';
import { ForgejoApi } from '../../clients/forgejo/api';
import { deleteVersion } from '../../clients/forgejo/version';
import type { UnclaimedDigest } from '../../clients/forgejo/package-contents';
import type { Tag } from '../../clients/forgejo/tag';
import type { IntegrityProbeFacts } from '../../estate/integrity-probe';
import type { Lab } from '../../lab/runs/lab';
import { cut, deny, flipBit, garble, onDisk, remove, swapFor } from './file-damage';
import { confirmRemoved, failure, forgetting, jobAway, serverDown } from './probe-scenes';
import { ProbeStory } from './probe-story';
import { pushIndex } from './push-image';

const hour = 60;
const day = 24 * hour;
const emptied = 'RegistryRepositoryEmptied';

/** One round of reading and a little more beside a registry:2 with its image's default cache. */
export async function recordRegistry(
  { legacyRegistry, pushgateway }: Lab<'legacyRegistry' | 'pushgateway'>,
  facts: IntegrityProbeFacts,
): Promise<void> {
  const instance = 'registry.example:5050';
  const job = 'registry-integrity-probe';
  const groupUrl = `${pushgateway.url}/metrics/job/${job}`;
  const root = join(legacyRegistry.storage, 'docker/registry/v2');
  const fileOf = (digest: string): string =>
    join(root, 'blobs/sha256', digest.slice(7, 9), digest.slice(7), 'data');
  const story = new ProbeStory({
    ...{ kind: 'registry', url: legacyRegistry.url, instance, job, pushgateway, fileOf, facts },
    collections: [{ instance, registry: 'private' }],
  });
  const { probe, client } = story;
  await story.push('canary');
  await story.push('spare');
  const other = story.fileOf(await story.push('app', 'other'));
  const victim = await story.push('app', 'victim');
  const blob = story.fileOf(victim);
  await probe.start();
  await probe.pass(hour);
  await forgetting(story, groupUrl);

  const last = await story.pushInTurn('app', 'swapped', -7, 0);
  const swapped = onDisk(story.fileOf(last), swapFor(other));
  const foundLast = await story.damage(failure, story.promised('changed').others, swapped);

  /** From its memory, registry:2 answers HEAD as if nothing were. */
  const unseenByHead = (damage: (path: string) => void) => async (path: string) => {
    damage(path);
    expect((await client.headBlob(victim.repository, victim.layer)).size).toBeGreaterThan(1000);
  };
  const link = `repositories/app/_manifests/revisions/sha256/${victim.manifest.slice(7)}`;
  for (const [kind, damage] of [
    ['gone', onDisk(blob, unseenByHead(remove))],
    ['cut', onDisk(blob, unseenByHead(cut))],
    ['cut', onDisk(blob, unseenByHead(deny))],
    ['manifest', onDisk(join(root, link), remove)],
    ['manifest', onDisk(fileOf(victim.manifest), garble)],
  ] as const)
    await (
      await story.damage(failure, story.promised(kind).others, damage)
    )();

  const pulled = await story.pushInTurn('deployed', 'flipped', -7, 0);
  const flipped = onDisk(story.fileOf(pulled), flipBit);
  await (
    await story.damage(failure, story.promised('changed').deployed, flipped)
  )();

  await jobAway(story);

  // The registry is stopped for its garbage, for 42 minutes in which a flipped bit has its turn.
  const collected = probe.minute;
  const missed = await story.pushInTurn('app', 'collected', 0, 30);
  const made = await story.damage(failure, 45, onDisk(story.fileOf(missed), flipBit));
  await legacyRegistry.stop();
  await probe.pass(30);
  expect(await probe.gauge('backlog_seconds')).toBe(30 * 60);
  await legacyRegistry.start();
  await made();

  await serverDown(story, legacyRegistry);

  const tags = onDisk(join(root, 'repositories/spare/_manifests/tags'), remove);
  const again = { apply: tags.apply, heal: () => story.push('spare') };
  await (
    await story.damage(emptied, story.promised('emptied').others, again)
  )();
  const confirmed = { apply: tags.apply, heal: () => confirmRemoved(groupUrl, instance, 'spare') };
  await (
    await story.damage(emptied, story.promised('emptied').others, confirmed)
  )();

  await foundLast();
  const gc = (name: string): string => `registry_gc_${name}_timestamp_seconds{registry="private"}`;
  const since = (at: number): string => `_x${at} ${at * 60}x${probe.minute - at}`;
  await probe.judge([
    { series: gc('start'), values: since(collected) },
    { series: gc('end'), values: since(collected + 42) },
  ]);
}

/** The same beside the lab's forge, which tells less of its blobs: truncation and permissions show only when they are read. */
export async function recordForge(
  { forge, pushgateway }: Lab<'forge' | 'pushgateway'>,
  facts: IntegrityProbeFacts,
): Promise<void> {
  const instance = 'forge.example';
  const job = 'forgejo-integrity-probe';
  const groupUrl = `${pushgateway.url}/metrics/job/${job}`;
  const user = await forge.createUser({ name: 'viktor', visibility: 'limited' });
  const robot = await forge.createUser({ name: 'cluster-puller' });
  const token = await forge.createToken(user, ['write:package']);
  const fileOf = (digest: string): string =>
    join(forge.packageStorage, digest.slice(7, 9), digest.slice(9, 11), digest.slice(7));
  const story = new ProbeStory({
    ...{ kind: 'forgejo', url: forge.url, instance, job, pushgateway, fileOf, facts, owner: 'viktor/' },
    pusher: { username: user.name, password: token },
    credentials: { username: robot.name, password: await forge.createToken(robot, ['read:package']) },
  });
  const { probe, client } = story;
  const api = new ForgejoApi({ url: forge.url, owner: user.name, token });
  await story.push('canary');
  await story.push('spare');
  const other = story.fileOf(await story.push('app', 'other'));
  const victim = await story.push('app', 'victim');
  const index = await pushIndex(client, 'viktor/app', ['one', 'two'], 'index');
  const read = JSON.parse((await client.getManifest('viktor/app', index)).body.toString()) as {
    manifests: { digest: string }[];
  };
  const child = read.manifests[1]?.digest ?? '';
  await probe.start();
  await probe.pass(hour);
  await forgetting(story, groupUrl);

  const last = await story.pushInTurn('app', 'cut', -7, 0);
  const foundLast = await story.damage(
    failure,
    story.promised('cut').others,
    onDisk(story.fileOf(last), async (path) => {
      cut(path);
      expect((await client.headBlob(last.repository, last.layer)).size).toBeGreaterThan(1000);
    }),
  );
  const unlinked = {
    apply: () => deleteVersion(api, 'app', child as UnclaimedDigest),
    heal: () => pushIndex(client, 'viktor/app', ['one', 'two'], 'index'),
  };
  for (const [kind, damage] of [
    ['gone', onDisk(story.fileOf(victim), remove)],
    ['manifest', onDisk(fileOf(victim.manifest), remove)],
    ['manifest', onDisk(fileOf(victim.manifest), garble)],
    ['manifest', unlinked],
  ] as const)
    await (
      await story.damage(failure, story.promised(kind).others, damage)
    )();

  for (const [kind, tag, damage] of [
    ['changed', 'flipped', flipBit],
    ['changed', 'swapped', swapFor(other)],
    ['cut', 'denied', deny],
  ] as const) {
    const pulled = await story.pushInTurn('deployed', tag, -7, 0);
    const inTurn = onDisk(story.fileOf(pulled), damage);
    await (
      await story.damage(failure, story.promised(kind).deployed, inTurn)
    )();
  }

  await jobAway(story);
  await serverDown(story, forge);

  // A forge lists no package without a version: the catalogue shrinks too, for a day where nobody pushes it again.
  const shrunk = 'RegistryCatalogShrunk';
  const lose = (): Promise<boolean> => deleteVersion(api, 'spare', '1' as Tag);
  const dueFirst = probe.dueIn(shrunk, probe.intervalMinutes);
  const again = async (): Promise<void> => {
    await story.push('spare');
    probe.fired(shrunk, { possible: dueFirst - probe.intervalMinutes, due: dueFirst });
  };
  await (
    await story.damage(emptied, story.promised('emptied').others, { apply: lose, heal: again })
  )();
  const lost = probe.minute;
  const due = probe.dueIn(shrunk, probe.intervalMinutes);
  const sight = { until: lost + day, over: lost + day + probe.intervalMinutes + 2 };
  probe.episodes.push({ alert: shrunk, possible: due - probe.intervalMinutes, due, ...sight });
  const confirmed = { apply: lose, heal: () => confirmRemoved(groupUrl, instance, 'viktor/spare') };
  await (
    await story.damage(emptied, story.promised('emptied').others, confirmed)
  )();

  await probe.passUntil(sight.over);
  await foundLast();
  await probe.judge();
}
