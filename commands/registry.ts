import { Refused } from '../steps/refused';
import { Stopped } from '../steps/perform';
import { programName, type Verb } from '../terminal/command';
import { runCommandLine } from '../terminal/command-line';
import { exit, type ExitCode } from '../terminal/exit-codes';
import { shellLine } from '../terminal/shell-words';
import type { Terminal } from '../terminal/terminal';

/** The one command line of this project. What its verbs refuse or cannot finish ends here, in one form. */
export async function registry(
  args: readonly string[],
  terminal: Terminal,
  verbs: readonly Verb[],
): Promise<ExitCode> {
  try {
    return await runCommandLine(program, verbs, args, terminal);
  } catch (error) {
    if (error instanceof Refused) {
      terminal.err(`${error.message}\nnothing was changed\n`);
      return exit.refused;
    }
    const next =
      error instanceof Stopped ? `\nthen: ${shellLine([programName, ...goingOn(args, error)])}` : '';
    terminal.err(`${error instanceof Error ? error.message : String(error)}${next}\n`);
    return exit.failed;
  }
}

const program = {
  name: programName,
  summary: 'the registry of a homelab, as its estate describes it',
  examples: [
    ['deliver --into ../infra', 'what the estate changes in a Terragrunt tree'],
    ['nodes plan', 'what it changes on machines that run'],
    ['retention --against https://forgejo.example', 'what the retention job would delete, and why'],
    ['probe https://forgejo.example', 'whether every image is whole'],
  ],
} as const;

/** The same call, beginning where it stopped. */
function goingOn(args: readonly string[], { from }: Stopped): readonly string[] {
  if (from === undefined) return args;
  const at = args.findIndex((arg) => arg === '--from' || arg.startsWith('--from='));
  const width = args[at] === '--from' ? 2 : 1;
  const kept = at === -1 ? args : [...args.slice(0, at), ...args.slice(at + width)];
  return [...kept, '--from', from];
}
