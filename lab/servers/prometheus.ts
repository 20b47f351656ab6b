import { stringify } from 'yaml';
import type { LabContext } from '../process/lab-context';
import { startLoopbackServer } from './loopback-server';

export interface PrometheusProps {
  /** Host and port of each target that it scrapes every second. @default [] */
  readonly targets?: readonly string[];
  /** Texts of rule files. @default [] */
  readonly rules?: readonly string[];
  /** Host and port of the Alertmanager that firing alerts go to. @default none */
  readonly alertmanager?: string;
}

export interface Prometheus {
  readonly url: string;
  readonly version: string;
  /** The present value of an expression, one sample per series. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
}

export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export async function startPrometheus(
  lab: LabContext,
  { targets = [], rules = [], alertmanager }: PrometheusProps = {},
): Promise<Prometheus> {
  const ruleFiles = Object.fromEntries(rules.map((text, index) => [`rules-${index}.yml`, text]));
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: Object.keys(ruleFiles),
    scrape_configs: [{ job_name: 'lab', honor_labels: true, static_configs: [{ targets }] }],
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
  };
  const files = { ...ruleFiles, 'prometheus.yml': stringify(configuration) };
  const { url, version } = await startLoopbackServer(lab, 'prometheus', { files });
  return {
    ...{ url, version },
    query: async (expression) => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const answer = (await response.json()) as QueryAnswer;
      if (answer.status !== 'success') throw new Error(`prometheus: "${expression}": ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
  };
}

type QueryAnswer =
  | { readonly status: 'error'; readonly error: string }
  | {
      readonly status: 'success';
      readonly data: {
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [number, string];
        }[];
      };
    };
