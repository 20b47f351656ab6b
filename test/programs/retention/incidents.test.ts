import { describe, expect, it } from '@jest/globals';
import type { Package } from '../../../programs/retention/package';
import { leavingTagsOf, plan } from '../../../programs/retention/plan';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import { protectionsOf } from '../../../programs/retention/references';
import type { digest } from '../../support/registry-arbitraries';
import { HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

/** A row of the package API as the predecessor's script saw it. */
interface Row {
  readonly package: string;
  readonly version: string;
  readonly createdAtMs: number;
}

/**
 * The predecessor's algorithm, the wrong oracle: the versions of a package, whatever they are, newest first; the first
 * ten stay, with `latest` or a cache; the rest goes.
 */
function predecessor(packages: readonly Package[]): readonly Row[] {
  return packages.flatMap(({ name, tags, digests }) =>
    [
      ...tags.map((each) => ({ package: name, version: each.tag, createdAtMs: each.createdAtMs })),
      ...digests.map((each) => ({
        package: name,
        version: each.digest,
        createdAtMs: each.createdAtMs,
      })),
    ]
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .filter(({ version }, place) => place >= 10 && version !== 'latest' && !/cache/i.test(version)),
  );
}

/** Weekly multi-arch builds of one app, newest last: each an index with two platforms and two attestations. */
function weeklyBuilds(name: string, count: number): Package {
  const child = (build: number, part: number): ReturnType<typeof digest> =>
    `sha256:${Buffer.from(name).toString('hex').padEnd(44, '0').slice(0, 44)}${String(build * 10 + part).padStart(20, '0')}` as ReturnType<
      typeof digest
    >;
  const builds = Array.from({ length: count }, (_, build) => ({
    createdAtMs: NOW_MS - (count - build) * 168 * HOUR_MS,
    children: [1, 2, 3, 4].map((part) => child(build, part)),
    build,
  }));
  return {
    name,
    tags: builds.map(({ createdAtMs, children, build }) => ({
      id: build * 5 + 5,
      tag: tag(`v${build}`),
      createdAtMs,
      manifest: { digest: child(build, 9), children },
    })),
    digests: builds.flatMap(({ createdAtMs, children, build }) =>
      children.map((each, part) => ({
        id: build * 5 + part + 1,
        digest: each,
        createdAtMs: createdAtMs - 1000,
      })),
    ),
  };
}

const decide = (packages: readonly Package[], references: readonly string[] = []) =>
  plan({
    packages,
    protections: references.flatMap((reference) =>
      protectionsOf(reference, 'running', 'Deployment apps/app', {
        registryHosts: ['forgejo.example'],
        owner: 'viktor',
      }),
    ),
    policy: DEFAULT_POLICY,
    nowMs: NOW_MS,
  });

describe('2026-06-10: index children of kms-website were deleted while their tags stayed', () => {
  const packages = [weeklyBuilds('kms-website', 4)];
  const liveChildren = new Set(
    packages.flatMap(({ tags }) =>
      tags.flatMap(({ manifest }) => ('digest' in manifest ? manifest.children : [])),
    ),
  );

  it("the predecessor's algorithm deletes children of indexes whose tags it keeps", () => {
    const orphaned = predecessor(packages).filter(({ version }) => liveChildren.has(version as never));

    expect(orphaned).not.toEqual([]);
  });

  it('the plan keeps four tags of five versions each, for ten are kept in tags', () => {
    const { keeps, units } = decide(packages);

    expect(units).toEqual([]);
    expect(keeps).toHaveLength(20);
  });

  it('the plan of more than ten builds deletes tags with the children that only they list', () => {
    const { keeps, units } = decide([weeklyBuilds('kms-website', 16)]);

    expect(units.flatMap(({ tags }) => tags.map((each) => each.tag))).toEqual(['v0', 'v1', 'v2', 'v3']);
    expect(units.flatMap(({ digests }) => digests)).toHaveLength(16);
    expect(keeps.filter(({ reason }) => reason.kind === 'child')).toHaveLength(48);
  });
});

describe('2026-06: tags in use by beads-server and ci-pipeline-health were pruned', () => {
  const packages = [weeklyBuilds('beads-server', 16), weeklyBuilds('ci-pipeline-health', 16)];
  const running = ['forgejo.example/viktor/beads-server:v2', 'forgejo.example/viktor/ci-pipeline-health:v0'];

  it("the predecessor's algorithm deletes them", () => {
    const deleted = predecessor(packages).map(
      (row) => `forgejo.example/viktor/${row.package}:${row.version}`,
    );

    expect(deleted).toEqual(expect.arrayContaining(running));
  });

  it('the plan keeps them and says who needs them, and control: deletes their neighbours', () => {
    const decided = decide(packages, running);
    const { keeps } = decided;
    const deletions = leavingTagsOf(decided);

    expect(deletions.map((each) => `${each.package}:${each.tag}`)).not.toEqual(
      expect.arrayContaining(['beads-server:v2']),
    );
    expect(keeps.filter(({ reason }) => reason.kind === 'running')).toEqual([
      expect.objectContaining({
        package: 'beads-server',
        version: 'v2',
        reason: { kind: 'running', by: 'Deployment apps/app' },
      }),
      expect.objectContaining({ package: 'ci-pipeline-health', version: 'v0' }),
    ]);
    expect(deletions.map((each) => `${each.package}:${each.tag}`)).toEqual(
      expect.arrayContaining(['beads-server:v1', 'ci-pipeline-health:v1']),
    );
  });
});
