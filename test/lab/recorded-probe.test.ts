import { afterAll, beforeAll } from '@jest/globals';
import { integrityProbe } from '../../estate/integrity-probe';
import { startLab, type Lab } from '../../lab/runs/lab';
import { recordForge, recordRegistry } from '../support/recorded-probe';
import { describeLab, itOnOwn } from './describe-lab';

/** The estate's facts with shorter rounds of reading; `test/long` has the whole week, whose quiet days take the time. */
const facts = { ...integrityProbe, rereadDays: 2.5, deployedRereadDays: 0.25 };

describeLab('the integrity probe, recorded every quarter of an hour', () => {
  let lab: Lab<'legacyRegistry' | 'forge' | 'pushgateway'>;
  /** Side by side: each waits for its own registry most of the time. */
  let recordings: { readonly registry: Promise<void>; readonly forge: Promise<void> };

  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: { cached: true }, forge: true, pushgateway: true });
    recordings = { registry: recordRegistry(lab, facts), forge: recordForge(lab, facts) };
    // What fails is told by the test that waits for it.
    for (const recording of Object.values(recordings)) recording.catch(() => undefined);
  }, 600_000);
  afterAll(() => lab.stop());

  const promise =
    'ends each damage in its alert within the time that the runbook promises, and raises no other';
  itOnOwn('legacy-registry')(`beside registry:2 ${promise}`, () => recordings.registry, 600_000);
  itOnOwn('forge')(`beside a forge ${promise}`, () => recordings.forge, 600_000);
});
