import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runOk } from '../../terminal/run';
import type { LabContext } from '../process/lab-context';
import { findTool } from '../programs/find-tool';
import { startLoopbackServer } from './loopback-server';

export interface PrometheusProps {
  /** Host and port of each target that it scrapes every second. @default [] */
  readonly targets?: readonly string[];
  /** Texts of rule files. @default [] */
  readonly rules?: readonly string[];
  /** Host and port of the Alertmanager that firing alerts go to. @default none */
  readonly alertmanager?: string;
  /** What it remembers from before it was started, as OpenMetrics text with a time for each sample. @default nothing */
  readonly history?: string;
}

export interface Prometheus {
  readonly url: string;
  /** The present value of an expression, one sample per series. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
}

export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export async function startPrometheus(
  lab: LabContext,
  { targets = [], rules = [], alertmanager, history }: PrometheusProps = {},
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
  if (history !== undefined) await writeBlocks(lab, history);
  const { url } = await startLoopbackServer(lab, 'prometheus', { files });
  return {
    url,
    query: async (expression) => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const answer = (await response.json()) as QueryAnswer;
      if (answer.status !== 'success') throw new Error(`prometheus: "${expression}": ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
  };
}

/** Time series as they would stand on the disk of one that has run for long; it keeps fifteen days by itself. */
async function writeBlocks(lab: LabContext, history: string): Promise<void> {
  const folder = lab.serverFolder('prometheus');
  const file = join(folder, 'history.txt');
  writeFileSync(file, history);
  const promtool = await findTool('promtool');
  // It reads the whole text again for each block.
  const blocks = ['create-blocks-from', '--max-block-duration=1440h', 'openmetrics'];
  await runOk(promtool.path, ['tsdb', ...blocks, file, join(folder, 'data')]);
}

type QueryAnswer =
  | { readonly status: 'error'; readonly error: string }
  | {
      readonly status: 'success';
      readonly data: {
        readonly result: readonly (Pick<PrometheusSample, 'metric'> & {
          readonly value: readonly [number, string];
        })[];
      };
    };
