import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { integrityProbe } from '../../estate/integrity-probe';
import { startLab, type Lab } from '../../lab/runs/lab';
import { ProbeStory } from '../support/probe-story';
import { describeLab, itOnOwn } from './describe-lab';

const hour = 60;
const day = 24 * hour;
/** What could not be read narrowed the window to a second; each run that reads all of it widens it a thousand times. */
const catchingUp = 3 * hour;
const overdue = 'RegistryBytesOverdue';
/** Every quarter of an hour would be the same two days with four times the runs. */
const facts = { ...integrityProbe, schedule: '0 * * * *', rereadDays: 2.5 };

describeLab('bytes that the budget of a run leaves unread, recorded', () => {
  let lab: Lab<'legacyRegistry' | 'pushgateway'>;
  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: { cached: true }, pushgateway: true });
  }, 600_000);
  afterAll(() => lab.stop());

  itOnOwn('legacy-registry')(
    'are told once they have been a day late for a day, not before, and no longer than the budget is too small',
    () => recordOverdue(lab),
    600_000,
  );
});

async function recordOverdue({
  legacyRegistry,
  pushgateway,
}: Lab<'legacyRegistry' | 'pushgateway'>): Promise<void> {
  const story = new ProbeStory({
    ...{
      kind: 'registry',
      url: legacyRegistry.url,
      instance: 'registry.example:5050',
      pushgateway,
      facts,
    },
    ...{ job: 'registry-integrity-probe', fileOf: (digest) => join(legacyRegistry.storage, digest) },
  });
  const { probe } = story;
  await story.push('canary');
  await story.pushInTurn('app', 'first', hour, 2 * hour);
  await probe.start();
  const enough = probe.maxBytesPerRun;

  // A day and a half: late by less than a day for long, and by more for less than one.
  probe.maxBytesPerRun = 0;
  await probe.pass(1.5 * day);
  expect(await probe.gauge('backlog_seconds')).toBeGreaterThan(day * 60);
  probe.maxBytesPerRun = enough;
  await probe.pass(catchingUp);
  expect(await probe.gauge('backlog_seconds')).toBe(0);

  await story.pushInTurn('app', 'second', hour, 2 * hour);
  const [possible, due] = [probe.dueIn(overdue, day) - 2, probe.dueIn(overdue, 2 * hour + day + 2 * hour)];
  probe.maxBytesPerRun = 0;
  await probe.passUntil(due + hour);
  probe.maxBytesPerRun = enough;
  await probe.pass(catchingUp - hour);
  probe.fired(overdue, { possible, due });
  await probe.pass(2 * hour);
  expect(await probe.gauge('backlog_seconds')).toBe(0);
  await probe.judge();
}
