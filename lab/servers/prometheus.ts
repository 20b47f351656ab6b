import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';

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
  const tool = await findTool('prometheus', lab.progress);
  const folder = lab.serverFolder('prometheus');
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const ruleFiles = rules.map((text, index) => {
    const file = join(folder, `rules-${index}.yml`);
    writeFileSync(file, text);
    return file;
  });
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: 'lab', honor_labels: true, static_configs: [{ targets }] }],
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(configuration));
  await lab.start({
    name: 'prometheus',
    version: tool.version,
    address: url,
    command: tool.path,
    args: ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`],
    ready: () => answers(`${url}/-/ready`),
  });
  return {
    url,
    version: tool.version,
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
