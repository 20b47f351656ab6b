import { expect, it } from '@jest/globals';
import { describeMissing, missingReferences } from '../../../programs/retention/missing';
import type { Package } from '../../../programs/retention/package';
import type { Protection } from '../../../programs/retention/protection';
import { digest, tag } from '../../support/registry-arbitraries';

const app: Package = {
  name: 'app',
  tags: [{ id: 1, tag: tag('v1'), createdAtMs: 0, manifest: { digest: digest(1), children: [digest(2)] } }],
  digests: [{ id: 2, digest: digest(3), createdAtMs: 0 }],
};
const unread: Package = { ...app, tags: app.tags.map((each) => ({ ...each, manifest: { unread: '500' } })) };
const strange: Package = { ...app, strange: [{ id: 9, name: 'v 1', createdAtMs: 0 }] };
const needs = (version: string, source: Protection['source'] = 'running', name = 'app'): Protection => ({
  ...{ source, by: source },
  target: version.startsWith('sha256:')
    ? {
        kind: 'digest',
        digest: version as ReturnType<typeof digest>,
        package: name,
      }
    : { kind: 'tag', package: name, tag: tag(version) },
});
const told = (owner: Package, ...protections: readonly Protection[]): readonly string[] =>
  missingReferences([owner], protections).map(describeMissing);

it('a tag or digest that is named and not there is missing, what an index lists is there', () => {
  expect(told(app, ...['v1', digest(1), digest(2), digest(3)].map((each) => needs(each)))).toEqual([]);
  const nowhere = [needs('v1', 'running', 'web'), needs(digest(1), 'running', 'web')];
  expect(told(app, needs('v2'), needs(digest(4)), ...nowhere)).toEqual([
    'app:v2 is missing, and the cluster needs it: running',
    `app@${digest(4)} is missing, and the cluster needs it: running`,
    'web:v1 is missing, and the cluster needs it: running',
    `web@${digest(1)} is missing, and the cluster needs it: running`,
  ]);
  expect(told(app, needs('v2'), { ...needs('v2'), by: 'another' })).toEqual([
    'app:v2 is missing, and the cluster needs it: running',
  ]);
});

it('a digest of a package that was not read whole may be there, a tag may not', () => {
  for (const owner of [unread, strange])
    expect(told(owner, needs(digest(4)), needs('v2'))).toEqual([
      'app:v2 is missing, and the cluster needs it: running',
    ]);
});

it('a digest without a package, and what cannot be parsed, is nobody to be missed here', () => {
  const unparsable: Protection = { source: 'running', by: 'x', target: { kind: 'unparsable', text: 'app' } };
  const digestAlone: Protection = {
    source: 'running',
    by: 'x',
    target: { kind: 'digest', digest: digest(9) },
  };
  expect(told(app, unparsable, digestAlone)).toEqual([]);
});

it('of several that name it the workload is told, then the estate, then what a container runs', () => {
  const [observed, synthesized, running] = (['observed', 'synthesized', 'running'] as const).map((each) =>
    needs('v2', each),
  );
  if (observed === undefined || synthesized === undefined || running === undefined)
    throw new Error('unreachable');
  expect(told(app, observed)).toEqual([
    'app:v2 is missing, and a container runs it that could not be started anew from it, or an argument names it: observed',
  ]);
  expect(told(app, observed, synthesized)).toEqual([
    'app:v2 is missing, and the estate names it: synthesized',
  ]);
  for (const order of [
    [observed, synthesized, running],
    [running, synthesized, observed],
  ])
    expect(told(app, ...order)).toEqual(['app:v2 is missing, and the cluster needs it: running']);
});
