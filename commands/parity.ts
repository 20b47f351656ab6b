import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatPlannedChanges, plannedChanges, type PlanJson } from '../delivery/planned-changes';
import { estate } from '../estate';
import { run } from '../terminal/run';
import type { Output } from './deliver';

const usage = 'usage: npm run parity -- --into <tree> [--stack <name>]…';

/** Plans one folder with the tree's own state and cluster, and applies nothing. Throws with Terraform's words. */
export type PlanFolder = (folder: string) => Promise<PlanJson>;

/**
 * What an apply of each delivered stack would do: moved, added, changed, replaced, destroyed, with the reason of each
 * replacement. Exit code 0: nothing is lost; 2: something would be replaced or destroyed; 1: a plan could not be made.
 */
export async function parity(
  args: readonly string[],
  { out, err }: Output,
  plan: PlanFolder,
): Promise<number> {
  const { into, stack: chosen } = parseArgs({
    args: [...args],
    options: { into: { type: 'string' }, stack: { type: 'string', multiple: true } },
  }).values;
  if (into === undefined) {
    err(`--into: the infrastructure tree is missing; ${usage}\n`);
    return 1;
  }
  const stacks = chosen ?? [
    ...new Set(['forgejo', ...Object.keys(estate.stacks.shared), ...estate.apps.map(({ stack }) => stack)]),
  ];
  let code = 0;
  for (const stack of stacks) {
    const folder = join(resolve(into), 'stacks', stack);
    try {
      if (!existsSync(folder)) throw new Error(`no such folder, got "${folder}"; name a stack of the tree`);
      const changes = plannedChanges(await plan(folder));
      out(`${formatPlannedChanges(stack, changes)}\n`);
      if (changes.replaced.length + changes.destroyed.length > 0 && code === 0) code = 2;
    } catch (error) {
      err(`${stack}: ${error instanceof Error ? error.message : String(error)}\n`);
      code = 1;
    }
  }
  return code;
}

/**
 * Through the tree's wrapper where it has one, which knows the state's credentials, else through Terragrunt. The plan holds
 * secrets: it lies where only its owner may look, and is gone afterwards.
 */
async function planInTree(folder: string): Promise<PlanJson> {
  const wrapper = join(folder, '../../scripts/tg');
  const program = existsSync(wrapper) ? wrapper : 'terragrunt';
  const temporary = mkdtempSync(join(tmpdir(), 'parity-'));
  const file = join(temporary, 'plan');
  const env = {
    ...process.env,
    TF_IN_AUTOMATION: '1',
    TG_NON_INTERACTIVE: 'true',
    TG_TF_FORWARD_STDOUT: 'true',
  };
  const step = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(program, args, { cwd: folder, env });
    if (code === 0) return stdout;
    throw new Error(
      `"${program} ${args[0] ?? ''}" ended with code ${code}, got\n${(stderr + stdout).trim().slice(-4000)}`,
    );
  };
  try {
    await step('plan', '-input=false', '-no-color', `-out=${file}`);
    const shown = await step('show', '-json', file);
    // A wrapper may say something of its own before.
    return JSON.parse(shown.slice(shown.search(/^\{/m))) as PlanJson;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (require.main === module)
  parity(
    process.argv.slice(2),
    { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) },
    planInTree,
  ).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(`${error instanceof Error ? error.message : String(error)}; ${usage}`);
      process.exitCode = 1;
    },
  );
