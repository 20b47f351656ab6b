import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { exit, exitMeanings, type ExitCode } from './exit-codes';
import type { Terminal } from './terminal';

/** What a person types before every verb. */
export const programName = './registry';

/** A verb of the command line: what it takes, and what it does with it. It says how it ended by calling `end`. */
export type Verb = (terminal: Terminal, end: (code: ExitCode) => void) => CommandUnknownOpts;

export interface CommandProps {
  readonly name: string;
  /** Stands in the list of the commands: one line, no full stop. */
  readonly summary: string;
  /** Stands in its own help. @default the summary */
  readonly description?: string;
  /** What to type, without the program, and what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Variables of the environment that it reads. @default none */
  readonly environment?: readonly (readonly [name: string, meaning: string])[];
}

/** A command whose help has examples and exit codes, whatever else it takes. */
export function command({ name, summary, description, examples, environment = [] }: CommandProps): Command {
  const typed = examples.map(([line, meaning]) => [`${programName} ${line}`, `# ${meaning}`] as const);
  const codes = Object.entries(exit).map(
    ([key, code]) => [String(code), exitMeanings[key as keyof typeof exit]] as const,
  );
  return new Command(name)
    .summary(summary)
    .description(description ?? summary)
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      block('Environment', environment) + block('Examples', typed) + block('Exit codes', codes),
    );
}

function block(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([left]) => left.length));
  return `\n${title}:\n${rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')}`;
}
