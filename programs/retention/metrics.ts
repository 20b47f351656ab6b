import type { Gauge } from '../../clients/pushgateway';
import { EXIT, type ExitCode } from '../exit-code';
import type { RetentionConfig } from './config';
import type { Decision } from './decide';
import type { Missing } from './missing';
import type { Plan } from './plan';
import type { RunReport } from './report';

/** Every metric of retention and its meaning; the names begin with `forgejo_retention_`. */
const meanings = {
  last_run_timestamp_seconds: 'When the last run ended.',
  last_success_timestamp_seconds: 'When a run last did all of its job.',
  success: '1 when the last run did all of its job.',
  enforcing: '1 when runs delete, 0 when they only observe.',
  duration_seconds: 'How long the last run took.',
  tags_deleted: 'Tags that the last run deleted.',
  digests_deleted: 'Children and other versions without a tag that the last run deleted.',
  failures: 'Deletions that failed in the last run.',
  broken_images: 'Kept images that did not answer whole after the last run.',
  missing_tags: 'References of workloads that name nothing in the registry.',
  missing_estate_references: 'References of the estate that name nothing in the registry.',
  missing_running_digests: 'Images that containers run and that the registry no longer has.',
  manifests_unread: 'Manifests that the last run could not read.',
  cluster_objects: 'Objects of the cluster that the last run saw.',
  packages: 'Packages with a tag that the last run saw.',
  freed_bytes: "Bytes that Forgejo's own sweeps can free after the last run.",
  tags_planned: 'Tags that the last plan deletes.',
  builds_planned: 'Builds that the last plan deletes, whatever number of tags each has.',
  builds_deferred: 'Expendable builds beyond the limits of one run.',
  max_deletions: 'Builds that one run may delete.',
  cluster_objects_expected: 'Objects that the next run compares with.',
  packages_expected: 'Packages with a tag that the next run must see, or delete nothing.',
  versions_kept: 'Versions that the last plan kept, by reason.',
} as const;

export type RetentionMetric = keyof typeof meanings;

/** The metrics of a run. Those of what it did not come to stay as the last run left them. */
export function gaugesOf(
  report: RunReport,
  config: RetentionConfig,
  code: ExitCode,
  nowMs: number,
): readonly Gauge[] {
  const { decision, executed, packages, freedBytes, broken } = report;
  const failures = executed.filter(({ outcome }) => outcome.kind === 'failed').length;
  const deleted = executed.filter(({ outcome }) => outcome.kind === 'deleted');
  const succeeded = code === EXIT.done;
  return [
    gauge('last_run_timestamp_seconds', nowMs / 1000),
    ...(succeeded ? [gauge('last_success_timestamp_seconds', nowMs / 1000)] : []),
    gauge('success', succeeded ? 1 : 0),
    gauge('enforcing', config.mode === 'enforce' ? 1 : 0),
    gauge('duration_seconds', (nowMs - report.startedAtMs) / 1000),
    gauge('tags_deleted', deleted.flatMap(({ unit }) => unit.tags).length),
    gauge('digests_deleted', executed.flatMap(({ digests }) => digests).length),
    gauge('failures', failures),
    ...(broken === undefined ? [] : [gauge('broken_images', broken.length)]),
    ...(report.manifests === undefined ? [] : [gauge('manifests_unread', report.manifests.unread)]),
    ...(report.cluster === undefined
      ? []
      : [
          gauge('cluster_objects', report.cluster.seen),
          gauge('cluster_objects_expected', report.cluster.expected),
        ]),
    ...(packages === undefined
      ? []
      : [gauge('packages', packages.seen), gauge('packages_expected', packages.expected)]),
    ...(decision === undefined
      ? []
      : [
          gauge('missing_tags', missing(decision, 'running')),
          gauge('missing_estate_references', missing(decision, 'synthesized')),
          gauge('missing_running_digests', missing(decision, 'observed')),
          ...planGauges(decision.plan, config),
        ]),
    ...(freedBytes === undefined ? [] : [gauge('freed_bytes', freedBytes)]),
  ];
}

function planGauges({ keeps, units, deferredBuilds }: Plan, config: RetentionConfig): readonly Gauge[] {
  const kept = new Map<string, number>();
  for (const { reason } of keeps) kept.set(reason.kind, (kept.get(reason.kind) ?? 0) + 1);
  const builds = units.filter(({ reason }) => reason.kind === 'beyond-newest').length;
  return [
    {
      ...gauge('versions_kept', 0),
      samples: [...kept].map(([reason, value]) => ({ labels: { reason }, value })),
    },
    gauge('tags_planned', units.flatMap(({ tags }) => tags).length),
    gauge('builds_planned', builds),
    gauge('builds_deferred', deferredBuilds),
    gauge('max_deletions', config.maxDeletionsPerRun),
  ];
}

function gauge(name: RetentionMetric, value: number): Gauge {
  return { name: `forgejo_retention_${name}`, help: meanings[name], samples: [{ labels: {}, value }] };
}

function missing({ missing }: Pick<Decision, 'missing'>, source: Missing['source']): number {
  return missing.filter((each) => each.source === source).length;
}
