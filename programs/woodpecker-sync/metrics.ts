import type { Gauge } from '../../clients/pushgateway';
import { EXIT, type ExitCode } from '../exit-code';

/** What became of one scope, filled as the run goes: of the secrets of every repository, or of one's. */
export interface ScopeReport {
  written: number;
  removed: number;
  /** What had to be left as it was: keys, secrets, or the whole scope. */
  failures: number;
  /** Secrets of a repository that hide a global one of the sync from its pipelines. */
  shadows: number;
}

export interface RunReport {
  readonly startedAtMs: number;
  /** By `global`, or the name of the repository. */
  readonly scopes: Map<string, ScopeReport>;
}

export function total(report: RunReport, of: keyof ScopeReport): number {
  return [...report.scopes.values()].reduce((sum, scope) => sum + scope[of], 0);
}

/** The gauges of the job, without their prefix. */
export type SyncMetric =
  | 'last_run_timestamp_seconds'
  | 'last_success_timestamp_seconds'
  | 'success'
  | 'duration_seconds'
  | keyof ScopeReport;

/** The metrics of a run that ended so. What it did not come to has no sample. */
export function gaugesOf(report: RunReport, code: ExitCode, nowMs: number): readonly Gauge[] {
  const succeeded = code === EXIT.done;
  const byScope = (name: keyof ScopeReport, help: string): Gauge => ({
    ...gauge(name, help, 0),
    samples: [...report.scopes].map(([scope, counts]) => ({ labels: { scope }, value: counts[name] })),
  });
  return [
    gauge('last_run_timestamp_seconds', 'When the last run ended.', nowMs / 1000),
    ...(succeeded
      ? [gauge('last_success_timestamp_seconds', 'When a run last did all of its job.', nowMs / 1000)]
      : []),
    gauge('success', '1 when the last run did all of its job.', succeeded ? 1 : 0),
    gauge('duration_seconds', 'How long the last run took.', (nowMs - report.startedAtMs) / 1000),
    byScope('written', 'Secrets that the last run created or changed.'),
    byScope('removed', 'Secrets that the last run removed, because Vault has them no more.'),
    byScope('failures', 'What the last run had to leave as it was.'),
    byScope('shadows', 'Secrets of a repository that hide a global one from its pipelines.'),
  ];
}

function gauge(name: SyncMetric, help: string, value: number): Gauge {
  return { name: `woodpecker_secret_sync_${name}`, help, samples: [{ labels: {}, value }] };
}
