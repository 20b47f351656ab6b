import { parseReference } from '../../clients/oci/reference';

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
  const config = JSON.parse(text) as IntegrityProbeConfig;
  const faults = [
    ...(['registryUrl', 'pushgatewayUrl'] as const)
      .filter((field) => !URL.canParse(config[field]))
      .map((field) => `${field} is not an address, got ${JSON.stringify(config[field])}`),
    ...(['instance', 'job'] as const)
      .filter((field) => typeof config[field] !== 'string' || config[field] === '')
      .map((field) => `${field} is empty`),
    ...(
      [
        ['intervalMinutes', 1],
        ['rereadDays', 0],
        ['deployedRereadDays', 0],
        ['maxBytesPerRun', 0],
        ['deadlineSeconds', 1],
        ['maxConcurrentRequests', 1],
      ] as const
    )
      .filter(([field, least]) => !(typeof config[field] === 'number' && config[field] >= least))
      .map(
        ([field, least]) => `${field} is not a number from ${least}, got ${JSON.stringify(config[field])}`,
      ),
    ...[
      ...config.deployedReferences,
      ...(config.canaryReference === undefined ? [] : [config.canaryReference]),
    ]
      .map(faultOfReference)
      .filter((fault) => fault !== undefined),
  ];
  if (faults.length > 0) {
    throw new Error(`integrity probe configuration: ${faults.join('; ')}; correct the construct's props`);
  }
  return config;
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

function faultOfReference(text: string): string | undefined {
  try {
    parseHostlessReference(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
