import { ServerError } from './http/errors';
import { readLimited } from './http/response';
import { Transport, type ServerRequest, type TransportProps } from './http/transport';

/** One gauge with its samples; every sample of a metric has the same label names. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** A gauge of one sample without labels. */
export function gauge(name: string, help: string, value: number): Gauge {
  return { name, help, samples: [{ labels: {}, value }] };
}

/**
 * The grouping key. The predecessor pushed to `job` alone and wrote `instance` on each sample; a push of the same
 * series under another key is refused by the Pushgateway as a duplicate for as long as the old group is there.
 */
export type Group = Readonly<{ job: string } & Record<string, string>>;

export interface Pushgateway extends Pick<
  TransportProps,
  'timeoutMs' | 'retries' | 'retryDelayMs' | 'signal'
> {
  /** Scheme, host and port, e.g. `http://prometheus-prometheus-pushgateway.monitoring:9091`. */
  readonly url: string;
  readonly group: Group;
}

/** A push that was taken is answered with nothing; a page in front of the Pushgateway says 200 too. */
const MAX_ANSWER_BYTES = 64 * 1024;
const NO_LOGIN =
  'metrics are pushed without a login; check that pushgatewayUrl is the Pushgateway itself, with no login before it';

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
  method: 'PUT' | 'POST' | 'DELETE',
  pushgateway: Pushgateway,
  body?: string,
): Promise<void> {
  const request: ServerRequest = {
    method,
    url: new URL(`/metrics${groupPath(pushgateway.group)}`, pushgateway.url),
    scope: '',
    ...(body === undefined
      ? {}
      : { body: Buffer.from(body), headers: { 'content-type': 'text/plain; version=0.0.4' } }),
  };
  await transportTo(pushgateway).send(request, async (response) => {
    const body = await readLimited(response, request, MAX_ANSWER_BYTES);
    if ((response.status === 200 || response.status === 202) && body.byteLength === 0) return;
    const detail = `not the answer of a Pushgateway, got ${response.status} and ${body.byteLength} bytes; check its address`;
    throw new ServerError({ method, url: request.url, kind: 'malformed', detail });
  });
}

/** Pushing the same again changes nothing, so it is repeated like a question. */
export function transportTo({ url: _url, group: _group, ...patience }: Pushgateway): Transport {
  return new Transport({
    server: 'Pushgateway',
    authority: NO_LOGIN,
    timeoutMs: 10_000,
    retries: 2,
    retryDelayMs: 200,
    ...patience,
  });
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
