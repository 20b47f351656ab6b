import { parseReference } from '../../clients/oci/reference';
import {
  type Fields,
  host,
  listOf,
  matching,
  number,
  optional,
  origin,
  parseFields,
  readable,
  whole,
} from '../fields';

/** What a run of the probe needs to know; everything but the credentials, which come from the environment. */
export interface IntegrityProbeConfig {
  /** Scheme, host and port, e.g. `http://forgejo.forgejo.svc.cluster.local`. */
  readonly registryUrl: string;
  /** Value of the `instance` label: the name by which the cluster pulls. */
  readonly instance: string;
  /** Scheme, host and port of the Pushgateway. */
  readonly pushgatewayUrl: string;
  /** The Pushgateway's `job`, e.g. `forgejo-integrity-probe`. */
  readonly job: string;
  /** Jobs of probes that no longer exist: what they left in the Pushgateway is removed. */
  readonly retiredJobs: readonly string[];
  /** What the cluster pulls from this registry, without the host: `repository:tag` or `repository@digest`. */
  readonly deployedReferences: readonly string[];
  /** Pulled whole in every run, e.g. `viktor/smoketest:1`. @default none */
  readonly canaryReference?: string;
  /** The schedule's own period. */
  readonly intervalMinutes: number;
  /** Every blob is read and hashed once in so many days. */
  readonly rereadDays: number;
  /** The same for what the cluster pulls. */
  readonly deployedRereadDays: number;
  readonly maxBytesPerRun: number;
  /** A run that takes longer ends itself; under the CronJob's own deadline, so that it can still say so. */
  readonly deadlineSeconds: number;
  readonly maxConcurrentRequests: number;
}

/** A repository with the tag or digest that is pulled from it. */
export interface HostlessReference {
  readonly repository: string;
  readonly reference: string;
}

/** Reads a configuration written by the construct; throws with everything that is wrong with it. */
export function parseConfig(text: string): IntegrityProbeConfig {
  return parseFields('integrity probe configuration', text, FIELDS);
}

/** Reads `repository:tag` or `repository@digest`; without either, a container runtime pulls `latest`. */
export function parseHostlessReference(text: string): HostlessReference {
  const { repository, digest, tag } = parseReference(`localhost/${text}`);
  return { repository, reference: digest ?? tag ?? 'latest' };
}

/** What is pulled, by repository. */
export function referencesByRepository(references: readonly string[]): Map<string, Set<string>> {
  const grouped = new Map<string, Set<string>>();
  for (const { repository, reference } of references.map(parseHostlessReference)) {
    grouped.set(repository, (grouped.get(repository) ?? new Set()).add(reference));
  }
  return grouped;
}

const job = matching('the name of a job', /^[\w.:-]+$/);
const reference = { is: readable(parseHostlessReference) };

const FIELDS: Fields<IntegrityProbeConfig> = {
  registryUrl: origin,
  instance: host,
  pushgatewayUrl: origin,
  job,
  retiredJobs: listOf('names of jobs', job),
  deployedReferences: listOf('references without a host', reference),
  canaryReference: optional({ wanted: 'a reference without a host', ...reference }),
  intervalMinutes: whole(1, 10_080),
  rereadDays: number('days', 0, 3_660),
  deployedRereadDays: number('days', 0, 3_660),
  maxBytesPerRun: whole(0, Number.MAX_SAFE_INTEGER),
  deadlineSeconds: whole(1, 86_400),
  maxConcurrentRequests: whole(1, 64),
};
