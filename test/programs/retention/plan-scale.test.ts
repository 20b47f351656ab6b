import { expect, it } from '@jest/globals';
import type { Digest } from '../../../clients/forgejo/tag';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import type { Package } from '../../../programs/retention/package';
import { contentsOfPackage, plan, type Plan } from '../../../programs/retention/plan';
import { tag } from '../../support/registry-arbitraries';

const HOUR_MS = 3_600_000;
const CHILDREN = 3;
const digest = (number: number): Digest => `sha256:${String(number).padStart(64, '0')}` as Digest;

/** Many versions in one package, if not as many as a list may have. */
function longList(): Package {
  const builds = Array.from({ length: 8_000 }, (_, build) => {
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

it('a long list is planned, and its rows proved, sooner than a run that is told to stop must end', () => {
  const owner = longList();
  const before = process.cpuUsage();
  const { units } = ask(owner);
  const contents = contentsOfPackage(owner);
  const orphaned = units.map(({ tags }) => contents?.unclaimedWithout(tags.map((version) => version.tag)));
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(4.5);
  expect(orphaned.every((rows) => rows?.length === CHILDREN)).toBe(true);
  expect(units).toHaveLength(DEFAULT_POLICY.maxDeletionsPerRun);
}, 300_000);

it('so is one of rows without a tag that all stay', () => {
  const digests = Array.from({ length: 40_000 }, (_, id) => {
    return { id, digest: digest(id), createdAtMs: nowMs, manifest: { digest: digest(id), children: [] } };
  });
  const before = process.cpuUsage();
  expect(ask({ name: 'app', tags: [], digests }).keeps).toHaveLength(40_000);
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(4.5);
}, 300_000);
