import { expect } from '@jest/globals';
import { flipBit, onDisk } from './file-damage';
import type { ProbeStory } from './probe-story';

export interface Server {
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const failure = 'RegistryManifestIntegrityFailure';
const hour = 60;
const day = 24 * hour;

/** The Pushgateway loses what the probe remembers: everything is read again, and somebody is told for a day. */
export async function forgetting({ probe }: ProbeStory, groupUrl: string): Promise<void> {
  const alert = 'RegistryProbeMemoryLost';
  const since = probe.minute;
  const due = probe.dueIn(alert, probe.intervalMinutes);
  await fetch(groupUrl, { method: 'DELETE' });
  probe.episodes.push({ alert, possible: since, due, until: since + day - 1, over: since + day + 2 });
  await probe.pass(probe.intervalMinutes);
  expect(await probe.gauge('memory_since_timestamp')).toBe(probe.minute * 60);
}

/** The job is away for five hours, in which a flipped bit has its turn: the first run after them makes up for it. */
export async function jobAway(story: ProbeStory): Promise<void> {
  const { probe } = story;
  const stale = 'RegistryIntegrityProbeStale';
  const due = probe.dueIn(stale, 4 * probe.intervalMinutes);
  const missed = await story.pushInTurn('app', 'away', probe.intervalMinutes, 5 * hour);
  const foundIn = 5 * hour + probe.intervalMinutes;
  const healed = await story.damage(failure, foundIn, onDisk(story.fileOf(missed), flipBit));
  await probe.pass(5 * hour, { withoutJob: true });
  expect(await probe.gauge('read_until_timestamp')).toBe((probe.minute - 5 * hour) * 60);
  probe.fired(stale, { possible: due - 2, due });
  await probe.pass(probe.intervalMinutes);
  expect(probe.log.join('\n')).toContain(
    `${missed.repository}:away layers[0] ${missed.layer}: digest-mismatch`,
  );
  expect(await probe.gauge('read_until_timestamp')).toBe(probe.minute * 60);
  await healed();
}

/** The registry is down for seven hours: turns fall behind, which a gauge says, and are made up for. */
export async function serverDown({ probe }: ProbeStory, server: Server): Promise<void> {
  const { intervalMinutes } = probe;
  const alerts = [
    ['RegistryCatalogInaccessible', intervalMinutes],
    ['RegistryCanaryPullFailed', intervalMinutes],
    ['RegistryIntegrityUnknown', 6 * hour],
  ] as const;
  const dues = alerts.map(([alert, minutes]) => ({ alert, due: probe.dueIn(alert, minutes) }));
  await server.stop();
  await probe.pass(7 * hour);
  expect(await probe.gauge('backlog_seconds')).toBe(7 * hour * 60);
  await server.start();
  for (const { alert, due } of dues) probe.fired(alert, { possible: due - 2, due });
  await probe.pass(intervalMinutes);
  expect(await probe.gauge('backlog_seconds')).toBe(0);
}

/** The runbook's command for a repository that was emptied on purpose. */
export async function confirmRemoved(groupUrl: string, instance: string, repository: string): Promise<void> {
  const body = `registry_manifest_integrity_repository_removed{instance="${instance}",repository="${repository}"} 1\n`;
  const { ok } = await fetch(groupUrl, { method: 'POST', body });
  expect(ok).toBe(true);
}
