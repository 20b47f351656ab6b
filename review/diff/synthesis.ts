import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { JsonObject } from '../../delivery/deliverable';
import type { Estate } from '../../estate/estate';
import { inlineFiles } from '../../manifests/inline-files';
import type { StackJson } from '../../manifests/stack-manifests';
import { Refused } from '../../steps/refused';
import { run, runOk } from '../../terminal/run';

/** What one state of this project synthesizes. */
export interface Synthesis {
  /** As a reviewer knows it: a commit, or `working tree`. */
  readonly name: string;
  /** `undefined` where its code exports none. Its shape is that of its own code. */
  readonly estate: Estate | undefined;
  /** Each stack's Terraform JSON, with the texts of the files beside it. */
  readonly stacks: Readonly<Record<string, JsonObject>>;
  /** Each stack's objects as YAML. */
  readonly manifests: Readonly<Record<string, string>>;
}

/** Synthesizes the project in a folder by its own code and process. @throws Error with what the synth said where it refuses */
export async function synthesisOf(
  root: string,
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<Synthesis> {
  const outdir = mkdtempSync(join(tmpdir(), 'registry-diff-'));
  try {
    const synth = await runHere(root, 'main.ts', { ...environment, CDKTF_OUTDIR: outdir });
    if (synth.code !== 0)
      throw new Error(
        `${name}: does not synthesize, got\n${synth.stderr.trim()}\nmend it, or compare with another --base`,
      );
    if (!existsSync(join(outdir, 'stacks')))
      throw new Error(
        `${name}: main.ts ends well and writes no stack, got an empty CDKTF_OUTDIR; mend it, or compare with another --base`,
      );
    return {
      name,
      estate: await estateOf(root, name, environment, join(outdir, 'estate.json')),
      stacks: stacksIn(join(outdir, 'stacks')),
      manifests: Object.fromEntries(
        textsIn(join(outdir, 'manifests')).map(([name, text]) => [name.replace(/\.yaml$/u, ''), text]),
      ),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function runHere(root: string, script: string, env: NodeJS.ProcessEnv): ReturnType<typeof run> {
  const loader = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return run(process.execPath, ['--import', loader, script], { cwd: root, env });
}

/** What the code in a folder exports as its estate, by way of a file: facts may print. */
async function estateOf(
  root: string,
  name: string,
  environment: NodeJS.ProcessEnv,
  file: string,
): Promise<Estate | undefined> {
  if (!existsSync(join(root, 'estate', 'index.ts'))) return undefined;
  const script = `${file}.ts`;
  const [from, to] = [join(root, 'estate'), file].map((path) => JSON.stringify(path));
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';\nimport * as facts from ${from};\nwriteFileSync(${to}, JSON.stringify(facts.estate ?? null));\n`,
  );
  const { code, stderr } = await runHere(root, script, environment);
  if (code !== 0 || !existsSync(file))
    throw new Error(
      `${name}: estate/index.ts does not load by itself, got\n${stderr.trim()}\nmend it, or compare with another --base`,
    );
  return (JSON.parse(readFileSync(file, 'utf8')) as Estate | null) ?? undefined;
}

/** The same of a revision, with the packages that are installed here. @throws Refused where git knows no such commit */
export async function synthesisOfRevision(
  root: string,
  revision: string,
  environment: NodeJS.ProcessEnv,
): Promise<Synthesis> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { code, stdout, stderr } = await run('git', asked, { cwd: root });
  const commit = stdout.trim();
  const why = stderr === '' ? '' : ` (${stderr.trim()})`;
  if (code !== 0)
    throw new Refused([
      `--base: names no commit, got "${revision}"${why}; name a branch, a tag or a commit that is here, or fetch it first`,
    ]);
  const folder = mkdtempSync(join(tmpdir(), 'registry-base-'));
  try {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    await runOk('git', ['archive', '--format=tar', '-o', join(folder, 'tree.tar'), commit], { cwd: root });
    await runOk('tar', ['-xf', join(folder, 'tree.tar'), '-C', tree]);
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    // An empty folder of evidence is not in a commit.
    if (existsSync(join(tree, 'estate'))) mkdirSync(join(tree, 'estate', 'evidence'), { recursive: true });
    return await synthesisOf(tree, `${revision} (${commit.slice(0, 8)})`, environment);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The files below a folder, by their paths in it. */
function textsIn(folder: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path): [string, string] => [relative(folder, path), readFileSync(path, 'utf8')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function stacksIn(folder: string): Record<string, JsonObject> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => {
        const { 'cdk.tf.json': json, ...files } = Object.fromEntries(textsIn(join(folder, name)));
        if (json === undefined) throw new Error(`${join(folder, name)}: holds no cdk.tf.json`);
        return [name, inlineFiles(JSON.parse(json) as StackJson, files) as JsonObject];
      }),
  );
}
