import { expect, it } from '@jest/globals';
import type { Digest } from '../../../clients/forgejo/tag';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import type { Package } from '../../../programs/retention/package';
import { contentsOfPackage, plan, type Plan } from '../../../programs/retention/plan';
import { tag } from '../../support/registry-arbitraries';

const HOUR_MS = 3_600_000;
const CHILDREN = 3;
const digest = (number: number): Digest => `sha256:${String(number).padStart(64, '0')}` as Digest;

/** As many versions in one package as a list may have. */
function longList(): Package {
  const builds = Array.from({ length: 12_500 }, (_, build) => {
    const createdAtMs = (build + 1) * HOUR_MS;
    const children: Digest[] = Array.from({ length: CHILDREN }, (_, child) =>
      digest(100_000 + build * CHILDREN + child),
    );
    return {
      id: build * 4,
      createdAtMs,
      tag: tag(`v${build}`),
      manifest: { digest: digest(build), children },
    };
  });
  const digests = builds.flatMap(({ id, createdAtMs, manifest: { children } }) =>
    children.map((each, place) => ({ id: id + 1 + place, digest: each, createdAtMs })),
  );
  return { name: 'app', tags: builds, digests };
}

const nowMs = 20_000 * HOUR_MS;
const ask = (owner: Package): Plan =>
  plan({ packages: [owner], protections: [], policy: DEFAULT_POLICY, nowMs });

/**
 * A second or two where time grows with the list, many minutes where it grows with its square: a run that is told to stop
 * hears nothing while it plans, and must end within five seconds.
 */
const limitMs = 120_000;

it(
  'the longest list is planned, and its rows proved, in time that grows with its length',
  () => {
    const owner = longList();
    const { units } = ask(owner);
    const contents = contentsOfPackage(owner);
    const orphaned = units.map(({ tags }) => contents?.unclaimedWithout(tags.map((version) => version.tag)));
    expect(orphaned.every((rows) => rows?.length === CHILDREN)).toBe(true);
    expect(units).toHaveLength(DEFAULT_POLICY.maxDeletionsPerRun);
  },
  limitMs,
);

it(
  'so is the longest list of rows without a tag that all stay',
  () => {
    const digests = Array.from({ length: 50_000 }, (_, id) => {
      return { id, digest: digest(id), createdAtMs: nowMs, manifest: { digest: digest(id), children: [] } };
    });
    expect(ask({ name: 'app', tags: [], digests }).keeps).toHaveLength(50_000);
  },
  limitMs,
);
