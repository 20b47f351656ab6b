import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Ran, type RunLimits } from '../terminal/run';

/** One folder that Terraform plans and applies, with the program that knows its state. */
export interface RootModule {
  readonly plan: (file: string) => Promise<Ran>;
  /** The JSON of a saved plan. */
  readonly show: (file: string) => Promise<Ran>;
  /** Of a saved plan, so that nothing is decided any more. */
  readonly apply: (file: string) => Promise<Ran>;
}

const megabyte = 1 << 20;

/**
 * A folder of a tree, through the tree's wrapper where it has one, which knows the state's credentials, else through
 * Terragrunt; `cdktf`: a folder that synthesis wrote, through Terraform itself.
 */
export function rootModule(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  {
    form = 'terragrunt',
    lockSeconds = 300,
    signal,
  }: {
    readonly form?: 'terragrunt' | 'cdktf';
    readonly lockSeconds?: number;
    readonly signal?: AbortSignal;
  } = {},
): RootModule {
  const wrapper = join(folder, '../../scripts/tg');
  const tool = form === 'cdktf' ? 'terraform' : existsSync(wrapper) ? wrapper : 'terragrunt';
  const env = {
    ...environment,
    TF_IN_AUTOMATION: '1',
    TG_NON_INTERACTIVE: 'true',
    TG_TF_FORWARD_STDOUT: 'true',
  };
  const step = (minutes: number, bytes: number, ...args: readonly string[]): Promise<Ran> => {
    const limits: RunLimits = { seconds: 60 * minutes, bytes, ...(signal === undefined ? {} : { signal }) };
    return run(tool, args, { cwd: folder, env, limits }).catch((error: unknown) => ({
      code: 127,
      stdout: '',
      stderr: `${tool}: cannot be started, got ${error instanceof Error ? error.message : String(error)}; install it on PATH`,
    }));
  };
  const lock = `-lock-timeout=${lockSeconds}s`;
  return {
    plan: async (file) => {
      const plan = (): Promise<Ran> =>
        step(20, 64 * megabyte, 'plan', '-input=false', '-no-color', lock, `-out=${file}`);
      if (form === 'terragrunt') return plan();
      const ready = await step(10, 8 * megabyte, 'init', '-input=false', '-no-color');
      return ready.code === 0 ? plan() : ready;
    },
    show: (file) => step(5, 256 * megabyte, 'show', '-json', file),
    // The file comes last: Terragrunt knows a saved plan by that, and leaves variables out.
    apply: (file) => step(60, 64 * megabyte, 'apply', '-input=false', '-no-color', lock, file),
  };
}
