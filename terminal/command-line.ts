import { CommanderError, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings';
import { command, type CommandProps, type Verb } from './command';
import { exit, type ExitCode } from './exit-codes';
import type { Terminal } from './terminal';
import { missingOptions, wrongCall } from './wrong-call';

/** Runs the verb that the arguments name. A wrong call begins nothing and is told what to write; what a verb throws goes on. */
export async function runCommandLine(
  program: CommandProps,
  verbs: readonly Verb[],
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  let code: ExitCode = exit.failed;
  const root = command(program);
  for (const verb of verbs) root.addCommand(verb(terminal, (ended) => (code = ended)));
  for (const each of withSubcommands(root)) speakThrough(terminal, each);
  try {
    await root.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exit.done; // help was asked for
    if (!(error instanceof WrongCall)) throw error;
    terminal.err(`${error.message}\n`);
    return exit.refused;
  }
}

class WrongCall extends Error {}

function withSubcommands(parent: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return [parent, ...parent.commands.flatMap(withSubcommands)];
}

function speakThrough({ out }: Terminal, each: CommandUnknownOpts): void {
  each
    .configureHelp({
      sortSubcommands: true,
      optionDescription: (option) => described(option),
      argumentDescription: (argument) => argument.description,
    })
    .configureOutput({
      writeOut: out,
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => 110,
      getOutHasColors: () => false,
    })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new WrongCall(wrongCall(each, error));
    });
  // Asked for last, so that an option which is only misspelt is told as that.
  const needed = each.options.filter(({ mandatory }) => mandatory);
  for (const option of needed) option.makeOptionMandatory(false);
  each.hook('preAction', () => {
    const fault = missingOptions(each, needed);
    if (fault !== undefined) throw new WrongCall(fault);
  });
}

function described({ description, defaultValue }: Option): string {
  const shown = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return shown ? `${description} (default: ${defaultValue})` : description;
}
