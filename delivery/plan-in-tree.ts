import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { planJson, type PlanJson } from './planned-changes';
import { rootModule } from './root-module';
import { terraformSaid } from './terraform-said';
import type { Ran } from '../terminal/run';

/** The folder of a stack in the tree. */
export function stackFolderIn(tree: string, stack: string): string {
  const folder = join(resolve(tree), 'stacks', stack);
  if (!existsSync(folder)) throw new Error(`no such folder, got "${folder}"; name a stack of the tree`);
  return folder;
}

/**
 * What an apply would do in a stack's folder. The plan holds secrets: it lies where only its owner may look, and is gone afterwards. What `apply` does is that plan and no
 * other.
 *
 * @param signal ends Terraform, which gives its lock back. @default nobody does
 */
export async function withPlan<T>(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  use: (plan: PlanJson, apply: () => Promise<void>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const module = rootModule(folder, environment, signal === undefined ? {} : { signal });
  const temporary = mkdtempSync(join(tmpdir(), 'parity-'));
  const file = join(temporary, 'plan');
  try {
    outputOf('plan', await module.plan(file));
    const plan = planJson(outputOf('show', await module.show(file)));
    return await use(plan, async () => {
      outputOf('apply', await module.apply(file));
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function outputOf(verb: string, ran: Ran): string {
  if (ran.code === 0) return ran.stdout;
  throw new Error(`"${verb}" ended with code ${ran.code}, got\n${terraformSaid(ran).join('\n')}`);
}
