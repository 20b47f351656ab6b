import { expect, it } from '@jest/globals';
import { FreshNeeds } from '../../../programs/retention/fresh-needs';
import type { Plan, Unit } from '../../../programs/retention/plan';
import { digest, tag } from '../../support/registry-arbitraries';

const reason = { kind: 'running', by: 'Pod a/b' } as const;
const unit: Unit = {
  ...{ package: 'app', wave: 0, digests: [digest(1)], reason: { kind: 'unclaimed' } },
  tags: ['v1', 'v2'].map((name, id) => ({ id, tag: tag(name), createdAtMs: 0 })),
};
const rows: Unit = { ...unit, tags: [], digests: [digest(2), digest(1)] };
const keeping = (name: string, version: string): Plan => ({
  ...{ units: [], deferredBuilds: 0 },
  keeps: [{ package: name, version, createdAtMs: 0, reason }],
});

it.each([
  ['its second tag', unit, 'app', 'v2', reason],
  ['a tag of another package', unit, 'web', 'v2', undefined],
  ['a child that another build claims', unit, 'app', digest(1), undefined],
  ['one of its rows', rows, 'app', digest(1), reason],
])('a unit of which by now %s stays', async (_, whole, name, version, expected) => {
  const needs = new FreshNeeds(() => Promise.resolve(keeping(name, version)));
  expect(await needs.keeping(whole)).toEqual(expected);
});

it('the cluster is read before the first unit, and again when that began more than ten seconds ago', async () => {
  let now = 5;
  let readings = 0;
  const needs = new FreshNeeds(
    () => {
      readings += 1;
      return Promise.resolve(readings < 3 ? { ...keeping('app', 'v1'), keeps: [] } : keeping('app', 'v1'));
    },
    () => now,
  );
  const read = async (ms: number): Promise<unknown> => {
    now += ms;
    return [await needs.keeping(unit), readings];
  };
  expect(await Promise.all([read(0), read(0)])).toEqual([
    [undefined, 1],
    [undefined, 1],
  ]);
  expect(await read(10_000)).toEqual([undefined, 1]);
  expect(await read(1)).toEqual([undefined, 2]);
  expect(await read(10_001)).toEqual([reason, 3]);
});
