/** One gauge with its samples; every sample of a metric has the same label names. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/**
 * The grouping key. The predecessor pushed to `job` alone and wrote `instance` on each sample; a push of the same
 * series under another key is refused by the Pushgateway as a duplicate for as long as the old group is there.
 */
export type Group = Readonly<{ job: string } & Record<string, string>>;

export interface Pushgateway {
  /** Scheme, host and port, e.g. `http://prometheus-prometheus-pushgateway.monitoring:9091`. */
  readonly url: string;
  readonly group: Group;
  /** @default 10000 */
  readonly timeoutMs?: number;
  /** Ends the push. */
  readonly signal?: AbortSignal;
}

/**
 * The Prometheus text exposition of gauges, in the order given.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatGauges(gauges: readonly Gauge[]): string {
  return gauges
    .map(({ name, help, samples }) =>
      [
        `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
        `# TYPE ${name} gauge`,
        ...samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${formatValue(value)}`),
      ].join('\n'),
    )
    .map((text) => `${text}\n`)
    .join('');
}

/** Puts these gauges in place of everything the group held. */
export async function replaceGroup(pushgateway: Pushgateway, gauges: readonly Gauge[]): Promise<void> {
  await send('PUT', pushgateway, formatGauges(gauges));
}

/** Puts these gauges in place of those of the same names; the group's others stay as they were. */
export async function updateGroup(pushgateway: Pushgateway, gauges: readonly Gauge[]): Promise<void> {
  await send('POST', pushgateway, formatGauges(gauges));
}

/** Removes the group, so that nothing that no longer runs leaves a last value behind. */
export async function deleteGroup(pushgateway: Pushgateway): Promise<void> {
  await send('DELETE', pushgateway);
}

async function send(
  method: string,
  { url, group, timeoutMs, signal }: Pushgateway,
  body?: string,
): Promise<void> {
  const target = new URL(`/metrics${groupPath(group)}`, url);
  let response: Response;
  try {
    response = await fetch(target, {
      method,
      redirect: 'error',
      signal: AbortSignal.any([
        AbortSignal.timeout(timeoutMs ?? 10_000),
        ...(signal === undefined ? [] : [signal]),
      ]),
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'text/plain; version=0.0.4' } }),
    });
  } catch (cause) {
    throw new Error(
      `${method} ${target.origin}${target.pathname}: the Pushgateway did not answer, got "${reasonOf(cause)}"; check its address and the NetworkPolicy`,
      { cause },
    );
  }
  const text = await response.text();
  if (response.ok) return;
  throw new Error(
    `${method} ${target.origin}${target.pathname}: the Pushgateway refused the metrics, got ${response.status} "${text.trim().slice(0, 300)}"; see its log`,
  );
}

/** `job` comes first; a value that a path cannot carry goes as base64. */
function groupPath({ job, ...labels }: Group): string {
  const entries = [['job', job] as const, ...Object.entries(labels)];
  return entries
    .map(([name, value]) =>
      value === '' || value.includes('/')
        ? `/${name}@base64/${value === '' ? '=' : Buffer.from(value).toString('base64url')}`
        : `/${name}/${encodeURIComponent(value)}`,
    )
    .join('');
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function reasonOf(error: unknown): string {
  for (let current = error; typeof current === 'object' && current !== null;) {
    const { code, cause } = current as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    current = cause;
  }
  return error instanceof Error ? error.message : String(error);
}
