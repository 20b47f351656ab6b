import { describe, expect, it } from '@jest/globals';
import { buildsOf } from '../../../programs/retention/build';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import { isKept, keepWhatFollows, unreadOf, type Judgement } from '../../../programs/retention/judgement';
import type { ManifestRead, Package, TagVersion } from '../../../programs/retention/package';
import { contentsOfPackage, keptTagsOf, plan, type Unit } from '../../../programs/retention/plan';
import type { KeepReason } from '../../../programs/retention/reason';
import { digest, HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

/** Tags of one package, the oldest first, a day apart, the newest a hundred hours old. */
const tags = (manifests: Readonly<Record<string, ManifestRead>>): readonly TagVersion[] =>
  Object.entries(manifests).map(([name, manifest], place, all) => ({
    ...{ id: place + 1, tag: tag(name), manifest },
    createdAtMs: NOW_MS - (100 + 24 * (all.length - 1 - place)) * HOUR_MS,
  }));
const image = (number: number, subject?: number): ManifestRead => ({
  ...{ digest: digest(number), children: [] },
  ...(subject === undefined ? {} : { subject: digest(subject) }),
});
const index = (number: number, ...children: readonly number[]): ManifestRead => ({
  ...{ digest: digest(number), children: children.map(digest) },
});
const row = (number: number, manifest?: ManifestRead): Package['digests'][number] => ({
  ...{ id: 100 + number, digest: digest(number), createdAtMs: NOW_MS - 500 * HOUR_MS },
  ...(manifest === undefined ? {} : { manifest }),
});

describe('the version that keeps a package from being judged', () => {
  const owner: Package = { name: 'app', tags: tags({ v1: image(1) }), digests: [row(2)] };

  it('is the first by name of what could not be read and of what has no name of a version', () => {
    expect(unreadOf(owner)).toBeUndefined();
    expect(unreadOf({ ...owner, digests: [row(2, { unread: '500' })] })).toBe(digest(2));
    expect(unreadOf({ ...owner, digests: [row(2, image(2))] })).toBeUndefined();
    const unread = { name: 'app', tags: tags({ v2: { unread: '500' }, v1: { unread: '500' } }), digests: [] };
    expect(unreadOf(unread)).toBe('v1');
    const strange = [{ id: 9, name: 'a b', createdAtMs: 0 }];
    expect(unreadOf({ ...unread, strange })).toBe('a b');
  });
});

describe('what follows what is kept', () => {
  const judged = (
    manifests: Readonly<Record<string, ManifestRead>>,
    ...keeps: readonly string[]
  ): Judgement => {
    const builds = buildsOf(tags(manifests));
    const kept = new Map<TagVersion, KeepReason>();
    for (const version of builds.flatMap((build) => build.tags))
      if (keeps.includes(version.tag))
        kept.set(version, { kind: 'newest', count: 1 } as unknown as KeepReason);
    return { package: 'app', builds, digests: [], strange: [], ranks: new Map(), kept };
  };
  const follows = (...judgements: readonly Judgement[]): Readonly<Record<string, string>> => {
    keepWhatFollows(judgements, new Set());
    return Object.fromEntries(
      judgements.flatMap(({ kept }) => [...kept].map(([version, { kind }]) => [version.tag, kind])),
    );
  };

  it('is a signature of a kept image, and the signature of that one, whichever was pushed last', () => {
    const manifests = { v1: image(1), signature: image(2, 1), countersignature: image(3, 2) };
    expect(follows(judged(manifests, 'v1'))).toEqual({
      v1: 'newest',
      signature: 'attached',
      countersignature: 'attached',
    });
    expect(follows(judged(manifests))).toEqual({});
  });

  it('is the part of a kept index, and no part of another', () => {
    const manifests = { part: image(1), other: image(2), whole: index(3, 1) };
    expect(follows(judged(manifests, 'whole'))).toEqual({ whole: 'newest', part: 'child' });
    expect(follows(judged(manifests, 'other'))).toEqual({ other: 'newest' });
  });

  it('is the other tag of a kept build', () => {
    const twins = judged({ v1: image(1), stable: image(1), v2: image(2) }, 'stable');
    expect(twins.builds.map((build) => isKept(build, twins.kept))).toEqual([false, true]);
    expect(follows(twins)).toEqual({ stable: 'newest', v1: 'same-digest' });
  });

  it('is a signature of an image that leaves, where one manifest anywhere could not be read', () => {
    const manifests = { v1: image(1), signature: image(2, 1) };
    expect(follows(judged(manifests), judged({ v9: image(9) }))).toEqual({});
    expect(follows(judged(manifests), judged({ v8: { unread: '500' }, v9: image(9) }))).toEqual({
      signature: 'attached-elsewhere',
    });
    const strange = { ...judged({ v9: image(9) }), strange: [{ id: 9, name: 'a b', createdAtMs: 0 }] };
    expect(follows(judged(manifests), strange)).toEqual({ signature: 'attached-elsewhere' });
  });
});

describe('a plan', () => {
  const policy = { ...DEFAULT_POLICY, keepNewestTags: 1, maxDeletedShareOfPackage: 1 };
  const app: Package = {
    ...{ name: 'app', digests: [] },
    tags: tags({ v1: image(1), v2: image(2), 'v2-too': image(2), v3: image(3), v4: image(4) }),
  };
  const web: Package = { name: 'web', tags: tags({ w1: image(5), w2: image(6) }), digests: [] };

  it('counts the builds that wait for another run, whatever number of tags each has', () => {
    const of = (maxDeletionsPerRun: number): number =>
      plan({
        packages: [app, web],
        policy: { ...policy, maxDeletionsPerRun },
        protections: [],
        nowMs: NOW_MS,
      }).deferredBuilds;
    expect([0, 1, 2, 3, 4, 9].map(of)).toEqual([4, 3, 2, 1, 0, 0]);
  });

  it('tells the tags that it keeps, of all packages or of some', () => {
    const decided = plan({ packages: [app, web], policy, protections: [], nowMs: NOW_MS });
    const names = (packages?: ReadonlySet<string>): readonly string[] =>
      keptTagsOf(decided, packages).map((each) => `${each.package}:${each.tag}`);
    expect(names()).toEqual(['app:v4', 'web:w2']);
    expect(names(new Set(['web']))).toEqual(['web:w2']);
    expect(names(new Set())).toEqual([]);
  });

  it('takes rows that nothing claims package by package, the oldest first, and a second row of a digest after all', () => {
    const told = (unit: Unit): string =>
      `${unit.wave} ${unit.package} ${unit.digests.map((each) => each.slice(7, 8)).join()}`;
    const owner = (name: string, first: number): Package => ({
      ...{ name, tags: tags({ [`${name}-1`]: image(first) }) },
      digests: [row(first + 1, index(first + 1, first + 2)), row(first + 2, image(first + 2))],
    });
    const { units } = plan({
      packages: [owner('web', 4), owner('app', 1)],
      ...{ policy, protections: [], nowMs: NOW_MS },
    });
    expect(units.map(told)).toEqual(['0 app 2,3', '0 web 5,6']);
    const rows = (...numbers: readonly number[]): Package['digests'] =>
      numbers.map((each) => row(each, image(each)));
    const [first, second, third] = [
      { name: 'a', tags: [], digests: rows(1) },
      { name: 'b', tags: [], digests: rows(1, 2).map((each) => ({ ...each, id: each.id + 10 })) },
      { name: 'c', tags: [], digests: rows(3).map((each) => ({ ...each, id: 200 })) },
    ];
    const waves = plan({ packages: [third, second, first], policy, protections: [], nowMs: NOW_MS }).units;
    expect(waves.map(told)).toEqual(['0 a 1', '0 b 2', '0 c 3', '1 b 1']);
  });
});

describe('what the manifests of a package list', () => {
  const owner: Package = {
    name: 'app',
    tags: tags({ v1: index(1, 2, 3) }),
    digests: [row(2), row(3, image(3)), row(4, index(4, 3))],
  };

  it('is known of one that was read whole, and of no other', () => {
    const unclaimed = (...leaving: readonly string[]): readonly string[] | undefined =>
      contentsOfPackage(owner)?.unclaimedWithout(leaving.map((each) => each as ReturnType<typeof digest>));
    expect(unclaimed()).toEqual([digest(4)]);
    expect(unclaimed('v1')).toEqual([digest(2), digest(4)]);
    expect(unclaimed('v1', digest(4))).toEqual([digest(2), digest(3), digest(4)]);
    expect(
      contentsOfPackage({ ...owner, strange: [{ id: 9, name: 'a b', createdAtMs: 0 }] }),
    ).toBeUndefined();
    expect(contentsOfPackage({ ...owner, tags: tags({ v1: { unread: '500' } }) })).toBeUndefined();
    expect(contentsOfPackage({ ...owner, digests: [row(2, { unread: '500' })] })).toBeUndefined();
  });
});
