import { expect, test } from '@jest/globals';
import { PrometheusApi } from '../../clients/prometheus';
import type { Estate } from '../../estate/estate';
import { requiredClaims } from '../../estate/derived/claims';
import { factsHash } from '../../estate/evidence';
import { measureBake } from '../../evidence/bake';
import { estateAt } from '../support/estates';

/** Nobody builds: every image comes from elsewhere. */
const estate: Estate = { ...estateAt('bake'), projects: [] };
const prometheus = new PrometheusApi({ url: 'http://127.0.0.1:1' });
const nowMs = Date.parse('2026-01-20T00:00:00Z');

test('the bake of an estate without projects begins with the smoke test', async () => {
  const smoke = requiredClaims(estate).find(({ name }) => name === 'smoke');
  const evidence = estate.evidence.map((each) =>
    each.claim === 'smoke'
      ? { ...each, measuredAt: '2026-01-10T00:00:00Z', facts: factsHash(smoke?.facts) }
      : each,
  );
  const says = async (of: Partial<Estate>): Promise<string[]> =>
    (await measureBake({ estate: { ...estate, ...of }, prometheus, nowMs })).looks.map(
      ({ what, holds, saw }) => `${holds ? 'well' : 'not so'}: ${what}: ${saw}`,
    );

  expect(await says({ evidence })).toEqual([
    'well: the smoke test: the last of 1 was seen 2026-01-10T00:00:00Z',
    'not so: fourteen days: 10 whole days since 2026-01-10T00:00:00Z',
  ]);
  expect(await says({ evidence: [] })).toEqual(['not so: the smoke test: no evidence of smoke']);
});
