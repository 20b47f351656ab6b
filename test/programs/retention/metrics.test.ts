import { expect, it } from '@jest/globals';
import { EXIT, type ExitCode } from '../../../programs/exit-code';
import { DEFAULT_POLICY, type RetentionConfig } from '../../../programs/retention/config';
import { gaugesOf } from '../../../programs/retention/metrics';
import type { Plan, Unit } from '../../../programs/retention/plan';
import type { RunReport } from '../../../programs/retention/report';
import { digest, tag } from '../../support/registry-arbitraries';

const config: RetentionConfig = {
  ...DEFAULT_POLICY,
  ...{ mode: 'enforce', forgeUrl: 'http://forge', registryHosts: ['forge'], owner: 'o', tokenUser: 'o' },
  ...{ estateReferences: [], pushgatewayUrl: 'http://p', deadlineSeconds: 60 },
};
const started: RunReport = { startedAtMs: 1_000, executed: [] };
const told = (report: RunReport, code: ExitCode = EXIT.done, more: Partial<RetentionConfig> = {}): object =>
  Object.fromEntries(
    gaugesOf(report, { ...config, ...more }, code, 61_000).flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => [
        `${name.replace('forgejo_retention_', '')}${Object.values(labels).join()}`,
        value,
      ]),
    ),
  );

it('a run that came to nothing pushes how it ended, and leaves what it did not come to as it was', () => {
  const began = {
    ...{
      last_run_timestamp_seconds: 61,
      enforcing: 1,
      duration_seconds: 60,
      tags_deleted: 0,
      digests_deleted: 0,
    },
    // Not what it did not look at: a critical alert must not end because the forge is down.
    failures: 0,
  };
  expect(told(started, EXIT.failed)).toStrictEqual({ ...began, success: 0 });
  expect(told(started, EXIT.done, { mode: 'observe' })).toEqual({
    ...{ ...began, enforcing: 0, success: 1, last_success_timestamp_seconds: 61 },
  });
  for (const code of Object.values(EXIT).filter((each) => each !== EXIT.done))
    expect(told(started, code)).toMatchObject({ success: 0 });
});

it('a whole run pushes what it saw, planned, did and found', () => {
  const unit: Unit = {
    ...{ package: 'app', wave: 0, digests: [digest(1)] },
    tags: ['v1', 'v2'].map((name, id) => ({ id, tag: tag(name), createdAtMs: 0 })),
    reason: { kind: 'beyond-newest', rank: 4, ageHours: 71 },
  };
  const rows: Unit = { ...unit, tags: [], reason: { kind: 'unclaimed' } };
  const keep = (reason: Plan['keeps'][number]['reason']): Plan['keeps'][number] => ({
    ...{ package: 'app', version: 'v9', createdAtMs: 0, reason },
  });
  const missing = (['running', 'running', 'running', 'synthesized', 'observed', 'observed'] as const).map(
    (source) => ({ source, reference: 'app:v5', by: 'x' }),
  );
  const report: RunReport = {
    ...started,
    packages: { seen: 3, expected: 4 },
    cluster: { seen: 50, expected: 60 },
    manifests: { wanted: 9, unread: 2 },
    decision: {
      missing,
      plan: {
        units: [unit, unit, rows],
        keeps: [
          keep({ kind: 'newest', rank: 1 }),
          keep({ kind: 'strange' }),
          keep({ kind: 'newest', rank: 2 }),
        ],
        deferredBuilds: 7,
      },
    },
    executed: [
      { unit, outcome: { kind: 'deleted' }, digests: [digest(1)] },
      { unit: rows, outcome: { kind: 'deleted' }, digests: [digest(2), digest(3)] },
      { unit, outcome: { kind: 'failed', error: 'reset' }, digests: [] },
      { unit, outcome: { kind: 'gone' }, digests: [] },
    ],
    broken: [{ package: 'app', tag: tag('v1'), fault: 'gone' }],
    freedBytes: 1234,
  };

  expect(told(report, EXIT.failed)).toMatchObject({
    ...{ success: 0, tags_deleted: 2, digests_deleted: 3, failures: 1, broken_images: 1 },
    ...{ missing_tags: 3, missing_estate_references: 1, missing_running_digests: 2, manifests_unread: 2 },
    ...{ cluster_objects: 50, cluster_objects_expected: 60, packages: 3, packages_expected: 4 },
    ...{ versions_keptnewest: 2, versions_keptstrange: 1, tags_planned: 4, builds_planned: 2 },
    ...{ builds_deferred: 7, max_deletions: 50, freed_bytes: 1234 },
  });
  expect(
    new Set(gaugesOf(report, config, EXIT.done, 0).map(({ help }) => /^[A-Z1].{15,}\.$/.test(help))),
  ).toEqual(new Set([true]));
});
