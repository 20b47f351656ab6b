import { ServerError } from './http/errors';
import { askJson } from './http/json-request';
import { Transport, type TransportProps } from './http/transport';

export interface PrometheusApiProps extends Omit<TransportProps, 'credentials'> {
  /** With a path where Prometheus is served below one. */
  readonly url: string;
}

export interface RangeProps {
  readonly query: string;
  /** Unix seconds of the first and the last answer. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

const limits = { maxBytes: 16 * 1024 * 1024, maxValues: 500_000 };

/** Prometheus's HTTP API, as far as it is asked for what was. @see https://prometheus.io/docs/prometheus/latest/querying/api/ */
export class PrometheusApi {
  readonly #transport: Transport;
  readonly #url: string;

  constructor({ url, ...transport }: PrometheusApiProps) {
    this.#url = url.replace(/\/$/u, '');
    this.#transport = new Transport({ server: 'Prometheus', timeoutMs: 60_000, ...transport });
  }

  /**
   * What an expression gave at each moment, by its Unix second; a moment without data has none.
   * @throws ServerError where it gives more than one series: which one counts would be anybody's guess
   */
  async range({ query, from, to, stepSeconds }: RangeProps): Promise<ReadonlyMap<number, number>> {
    const parameters = { query, start: String(from), end: String(to), step: String(stepSeconds) };
    const { result } = (await this.#get('/api/v1/query_range', parameters)) as { result?: unknown };
    if (!Array.isArray(result) || result.length > 1)
      throw this.#unexpected(`"${query}" gave no list of at most one series; aggregate it, as with max()`);
    const { values } = (result[0] ?? { values: [] }) as { values?: unknown };
    if (!Array.isArray(values)) throw this.#unexpected(`"${query}" gave a series without values`);
    return new Map(
      values.flatMap((pair: unknown) => {
        const [second, text] = (Array.isArray(pair) ? pair : []) as unknown[];
        // Number(null) and Number('') are 0, which would be good news.
        if (typeof second !== 'number' || typeof text !== 'string' || text.trim() === '') return [];
        const value = Number(text.replace(/Inf$/, 'Infinity'));
        return Number.isNaN(value) ? [] : [[second, value] as const];
      }),
    );
  }

  /** Of the rules that are loaded and can be evaluated. */
  async alertNames(): Promise<ReadonlySet<string>> {
    const { groups } = (await this.#get('/api/v1/rules', { type: 'alert' })) as { groups?: unknown };
    if (!Array.isArray(groups)) throw this.#unexpected('the rules are no list of groups');
    const rules = groups.flatMap((group: { rules?: unknown } | null) =>
      Array.isArray(group?.rules) ? (group.rules as ({ name?: unknown; health?: unknown } | null)[]) : [],
    );
    const broken = new Set(rules.flatMap((rule) => (rule?.health === 'err' ? [rule.name] : [])));
    return new Set(
      rules.flatMap((rule) => (typeof rule?.name === 'string' && !broken.has(rule.name) ? [rule.name] : [])),
    );
  }

  async #get(path: string, parameters: Readonly<Record<string, string>>): Promise<object> {
    const url = new URL(`${this.#url}${path}?${new URLSearchParams(parameters).toString()}`);
    const asked = { method: 'GET', url, headers: {} } as const;
    const answer = (await askJson(this.#transport, asked, limits)) as
      { status?: unknown; data?: unknown; warnings?: unknown } | null | undefined;
    if (answer?.status !== 'success' || typeof answer.data !== 'object' || answer.data === null)
      throw this.#unexpected(`${path} answered without data; is this Prometheus?`);
    if (Array.isArray(answer.warnings) && answer.warnings.length > 0)
      throw this.#unexpected(
        `${path} is not sure to have told all, it warns: ${answer.warnings.join('; ')}; ask again when its stores answer`,
      );
    return answer.data;
  }

  #unexpected(detail: string): ServerError {
    return new ServerError({ kind: 'unexpected', method: 'GET', url: new URL(this.#url), detail });
  }
}
