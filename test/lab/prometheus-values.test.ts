import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { prepareDelivery } from '../../delivery/deliver';
import { deliverablesOf } from '../../delivery/deliverables';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { makeTree, removeTrees } from '../delivery/fixture';
import { estateAt } from '../support/estates';
import { synthesizedAt } from '../support/synthesized';
import { describeLab } from './describe-lab';

const moduleFolder = 'stacks/monitoring/modules/monitoring';

type Values = Readonly<Record<string, unknown>>;

/** As Helm merges values documents: maps key by key, anything else is what the later one says. */
function merged(first: Values, later: Values): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return Object.entries(later).reduce<Values>((all, [key, value]) => {
    const before = all[key];
    return { ...all, [key]: isMap(before) && isMap(value) ? merged(before, value) : value };
  }, first);
}

/** What the release's `values` are, evaluated by Terraform where the delivery left them. */
async function valuesOf(root: string): Promise<readonly string[]> {
  const { path: terraform } = await findTool('tofu');
  const folder = join(root, moduleFolder);
  const hcl = readFileSync(join(folder, 'prometheus.tf'), 'utf8');
  const [, values = ''] = /\n {2}values = (\[.*?\n? *\])\n\}/su.exec(hcl) ?? [];
  const generated = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')) as { locals: object };
  const scratch = mkdtempSync(join(tmpdir(), 'prometheus-values-'));
  try {
    execFileSync('cp', ['-r', `${folder}/files`, `${folder}/prometheus_chart_values.tpl`, scratch]);
    writeFileSync(join(scratch, 'locals.tf.json'), JSON.stringify({ locals: generated.locals }));
    writeFileSync(
      join(scratch, 'main.tf'),
      [
        'variable "alertmanager_mail_pass" { default = "hidden" }',
        'variable "alertmanager_slack_api_url" { default = "https://hooks.example/x" }',
        `output "values" {\n  sensitive = true\n  value     = ${values}\n}\n`,
      ].join('\n'),
    );
    const env = { PATH: process.env['PATH'], HOME: scratch, CHECKPOINT_DISABLE: '1' };
    const step = (...args: readonly string[]): string =>
      execFileSync(terraform, [...args], { cwd: scratch, env, encoding: 'utf8' });
    step('init', '-input=false');
    step('apply', '-auto-approve', '-input=false');
    return JSON.parse(step('output', '-json', 'values')) as string[];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

describeLab('the alert rules of a tree after a delivery', () => {
  let lab: Lab<'prometheus'>;
  beforeAll(async () => {
    const root = makeTree();
    const deliverables = deliverablesOf(estateAt('prepare'), [...synthesizedAt('prepare').values()]);
    (
      await prepareDelivery(
        root,
        deliverables.filter(({ stack }) => stack === 'monitoring'),
      )
    ).write();
    const documents = (await valuesOf(root)).map((text) => parse(text) as Values);
    if (documents.length !== 2)
      throw new Error(`the release has ${documents.length.toString()} documents of values`);
    const { serverFiles } = documents.reduce(merged, {}) as { readonly serverFiles: Values };
    // The chart writes each of these keys to a file that the default configuration of Prometheus reads.
    const rules = ['alerting_rules.yml', 'rules'].map((key) => stringify(serverFiles[key]));
    lab = await startLab({ prometheus: { rules } });
  }, 600_000);
  afterAll(async () => {
    removeTrees();
    await lab.stop();
  }, 60_000);

  it('are loaded by Prometheus, each once, beside those of the tree', async () => {
    const answer = (await (await fetch(`${lab.prometheus.url}/api/v1/rules`)).json()) as {
      data: {
        groups: { name: string; rules: { name: string; query: string; labels: Record<string, string> }[] }[];
      };
    };
    const { groups } = answer.data;
    expect(groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Cluster', 'Storage', 'registry-integrity']),
    );
    const keys = groups.flatMap(({ rules }) =>
      rules.map(({ name, labels }) => JSON.stringify([name, labels])),
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    const cluster = groups.find(({ name }) => name === 'Cluster')?.rules.map(({ name }) => name);
    expect(cluster).toEqual(['NodeDown', 'DockerRegistryDown', 'NodeHighCPUUsage']);
    const failure = groups
      .flatMap(({ rules }) => rules)
      .filter(({ name }) => name === 'RegistryManifestIntegrityFailure');
    expect(failure).toHaveLength(1);
    expect(failure[0]?.query).toContain('instance=~');
  });
});
