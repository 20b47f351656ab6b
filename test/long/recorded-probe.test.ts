import { afterAll, beforeAll } from '@jest/globals';
import { integrityProbe } from '../../estate/integrity-probe';
import { startLab, type Lab } from '../../lab/runs/lab';
import { describeLab, itOnOwn } from '../lab/describe-lab';
import { recordForge, recordRegistry } from '../support/recorded-probe';

/** Seven hundred runs beside each registry, most of which find nothing: what `test/lab` tells of shorter rounds. */
describeLab('a week of the integrity probe as the estate has it, recorded', () => {
  let lab: Lab<'legacyRegistry' | 'forge' | 'pushgateway'>;
  /** Side by side: each waits for its own registry most of the time. */
  let recordings: { readonly registry: Promise<void>; readonly forge: Promise<void> };

  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: { cached: true }, forge: true, pushgateway: true });
    recordings = { registry: recordRegistry(lab, integrityProbe), forge: recordForge(lab, integrityProbe) };
    // What fails is told by the test that waits for it.
    for (const recording of Object.values(recordings)) recording.catch(() => undefined);
  }, 600_000);
  afterAll(() => lab.stop());

  const promise =
    'ends each damage in its alert within the time that the runbook promises, and raises no other';
  itOnOwn('legacy-registry')(`beside registry:2 ${promise}`, () => recordings.registry, 1_800_000);
  itOnOwn('forge')(`beside a forge ${promise}`, () => recordings.forge, 1_800_000);
});
