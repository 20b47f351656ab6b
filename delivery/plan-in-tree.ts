import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../terminal/run';
import type { PlanJson } from './planned-changes';

/** The folder of a stack in the tree. */
export function stackFolderIn(tree: string, stack: string): string {
  const folder = join(resolve(tree), 'stacks', stack);
  if (!existsSync(folder)) throw new Error(`no such folder, got "${folder}"; name a stack of the tree`);
  return folder;
}

/**
 * Through the tree's wrapper where it has one, which knows the state's credentials, else through Terragrunt. The plan holds
 * secrets: it lies where only its owner may look, and is gone afterwards.
 */
export async function planInTree(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PlanJson> {
  const wrapper = join(folder, '../../scripts/tg');
  const program = existsSync(wrapper) ? wrapper : 'terragrunt';
  const temporary = mkdtempSync(join(tmpdir(), 'parity-'));
  const file = join(temporary, 'plan');
  const env = {
    ...environment,
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
    return JSON.parse(shown.slice(shown.search(/^\{"format_version"/m))) as PlanJson;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
