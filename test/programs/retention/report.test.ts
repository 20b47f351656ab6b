import { expect, it } from '@jest/globals';
import type { Plan, Unit } from '../../../programs/retention/plan';
import { aftermathLines, executionLines, planLines } from '../../../programs/retention/report';
import type { Outcome } from '../../../programs/retention/unit-actions';
import { digest, tag } from '../../support/registry-arbitraries';

const build: Unit = {
  ...{ package: 'app', wave: 0, digests: [digest(1)] },
  tags: ['v1', 'v2'].map((name, id) => ({ id, tag: tag(name), createdAtMs: 0 })),
  reason: { kind: 'beyond-newest', rank: 4, ageHours: 71 },
};
const rows: Unit = { ...build, tags: [], reason: { kind: 'unclaimed' } };
type Keep = Plan['keeps'][number];
const keep = (version: string, reason: Keep['reason']): Keep => ({
  package: 'app',
  version,
  createdAtMs: 0,
  reason,
});
const plan = { units: [build, rows], keeps: [] as Keep[], deferredBuilds: 0 };
const decision = { missing: [], unknown: [], plan };
const report = { startedAtMs: 0, executed: [], broken: [] };

it('a plan is told by what it deletes and why, and what it keeps for what somebody must look at', () => {
  const keeps = [
    keep('v9', { kind: 'newest', rank: 1 }),
    keep('v8', { kind: 'newest', rank: 2 }),
    keep('v7', { kind: 'unread', error: '500' }),
    keep(digest(2), { kind: 'unclaimed-row', digest: digest(2), in: '"web"' }),
    keep('v 0', { kind: 'strange' }),
  ];
  const missing = [{ source: 'running', reference: 'app:v5', by: 'Pod a/b' }] as const;

  expect(
    planLines(
      { ...decision, missing, unknown: ['other owners are not known'], plan: { ...plan, keeps } },
      'o',
    ),
  ).toEqual([
    'retention: keeps 5 versions (2 newest, 1 unread, 1 unclaimed-row, 1 strange), deletes 2 tags',
    'retention: plans to delete o/app:v1, build number 4 by age, pushed 71 h ago, and nothing needs it',
    'retention: plans to delete o/app:v2, build number 4 by age, pushed 71 h ago, and nothing needs it',
    'retention: plans to delete o/app: 1 digests, no index of the package lists it',
    'retention: o/app:v7 is kept, its manifest could not be read: 500',
    expect.stringMatching(
      /^retention: o\/app@sha256:2{64} is kept, "web" has a row of sha256:2{12} that no tag/,
    ),
    expect.stringMatching(/^retention: o\/app:v 0 is kept, its name is neither tag nor digest/),
    'retention: o/app:v5 is missing, and the cluster needs it: Pod a/b',
    'retention: other owners are not known',
  ]);
  expect(planLines({ ...decision, plan: { ...plan, units: [] } }, 'o')).toEqual([
    'retention: keeps 0 versions, deletes 0 tags',
  ]);
});

it.each<[Outcome, number, string]>([
  [{ kind: 'deleted' }, 0, 'deleted'],
  [{ kind: 'deleted' }, 3, 'deleted, with 3 digests that only it listed'],
  [{ kind: 'gone' }, 0, 'was deleted by somebody else'],
  [
    { kind: 'pushed-since', version: 'v3' },
    0,
    'stays, because "v3" was pushed to its package since the plan was made',
  ],
  [
    { kind: 'needed-since', reason: { kind: 'running', by: 'Pod a/b' } },
    0,
    'stays, because since the plan was made the cluster needs it: Pod a/b',
  ],
  [{ kind: 'held' }, 0, 'stays, because something that it belongs to stayed'],
  [{ kind: 'failed', error: 'reset' }, 0, 'could not be deleted: reset'],
  [{ kind: 'not-tried', why: 'SIGTERM' }, 0, 'was not tried: SIGTERM'],
])('the outcome %j with %d digests is told as: %s', (outcome, digests, line) => {
  const rows = [1, 2, 3].slice(0, digests).map(digest);
  const executed = [{ unit: build, outcome, digests: rows }];
  expect(executionLines({ ...report, executed }, { owner: 'o', mode: 'enforce' })).toEqual(
    ['v1', 'v2'].map((name) => `retention: o/app:${name} ${line}`),
  );
});

it('rows without a tag are told by their number, and an observing run says that it observes', () => {
  const executed = [{ unit: rows, outcome: { kind: 'deleted' }, digests: [digest(1)] } as const];
  expect(executionLines({ ...report, executed }, { owner: 'o', mode: 'observe' })).toEqual([
    'retention: observing, so nothing was deleted',
    'retention: o/app: 1 digests deleted',
  ]);
});

it('what is kept and broken is told, and what may be freed where it is known', () => {
  const broken = [{ package: 'app', tag: tag('v1'), fault: 'it is gone' }];
  expect(aftermathLines({ ...report, broken }, 'o')).toEqual([
    'retention: o/app:v1 is kept but broken: it is gone',
  ]);
  expect(aftermathLines(report, 'o')).toEqual([]);
  expect(aftermathLines({ ...report, freedBytes: 0 }, 'o')).toEqual([
    expect.stringMatching(/^retention: 0 bytes at most are Forgejo's own to free/),
  ]);
});

it('of more than 500 lines of a kind the rest is counted', () => {
  const lines = (count: number): readonly string[] =>
    planLines(
      {
        ...decision,
        plan: { ...plan, units: [] },
        unknown: Array.from({ length: count }, (_, place) => String(place)),
      },
      'o',
    );
  expect(lines(500).at(-1)).toBe('retention: 499');
  expect(lines(502).slice(-2)).toEqual(['retention: 499', 'retention: and 2 more like these']);
});
