/**
 * `npm run bench:synth`: what synthesis costs beside loading cdktf and its bindings, and how it grows with the estate.
 * Every figure is of a process of its own; ratios are of medians of the same run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './measure';

const runs = 7;
const root = join(__dirname, '..');

interface Figures {
  readonly milliseconds: number;
  readonly peakMebibytes: number;
}

function measure(script: string): Figures {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const epilogue = ';process.stderr.write(String(process.resourceUsage().maxRSS))';
  const start = performance.now();
  const { status, stderr } = spawnSync('node_modules/.bin/tsx', ['-e', script + epilogue], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CDKTF_OUTDIR: outdir, CHECKPOINT_DISABLE: '1' },
  });
  const milliseconds = performance.now() - start;
  rmSync(outdir, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  return { milliseconds, peakMebibytes: Number(/\d+$/.exec(stderr)?.[0]) / 1024 };
}

/** The modules that a synthesis loads, and nothing done with them. */
const load = `require('./stacks/synthesize'); require('./estate')`;
const synth = `require('./main')`;
const manyApps = (count: number): string => `
  const { estate } = require('./estate');
  const { synthesize } = require('./stacks/synthesize');
  const [app] = estate.apps;
  const apps = Array.from({ length: ${count} }, (_, index) => ({ ...app, stack: 'app-' + index }));
  synthesize({ ...estate, apps }, process.env.CDKTF_OUTDIR)`;

const cases: Readonly<Record<string, string>> = {
  'load cdktf and bindings': load,
  'the whole synth': synth,
  '250 apps': manyApps(250),
  '500 apps': manyApps(500),
  '1000 apps': manyApps(1000),
};

const samples = new Map<string, Figures[]>(Object.keys(cases).map((name) => [name, []]));
for (let run = 0; run < runs; run++)
  for (const [name, script] of Object.entries(cases)) samples.get(name)?.push(measure(script));

const millisecondsOf = (name: string): number =>
  median((samples.get(name) ?? []).map(({ milliseconds }) => milliseconds));
for (const [name, figures] of samples)
  console.log(
    `${name.padEnd(24)} ${millisecondsOf(name).toFixed(0).padStart(6)} ms  ${median(
      figures.map(({ peakMebibytes }) => peakMebibytes),
    )
      .toFixed(0)
      .padStart(5)} MiB`,
  );
const ratio = (a: string, b: string): string => (millisecondsOf(a) / millisecondsOf(b)).toFixed(2);
console.log(`whole synth / loading     ${ratio('the whole synth', 'load cdktf and bindings')}`);
const per = (from: string, to: string, count: number): string =>
  ((millisecondsOf(to) - millisecondsOf(from)) / count).toFixed(2);
console.log(
  `ms an app                 ${per('250 apps', '500 apps', 250)} (250 to 500), ${per('500 apps', '1000 apps', 500)} (500 to 1000)`,
);
