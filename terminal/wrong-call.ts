import type { CommandUnknownOpts, CommanderError, Option } from '@commander-js/extra-typings';
import { programName } from './command';

/** What is wrong with a call, and what to write instead. */
export function wrongCall(command: CommandUnknownOpts, { code, message }: CommanderError): string {
  const where = placeOf(command);
  const help = `"${[programName, ...pathOf(command)].join(' ')} --help"`;
  const [, quoted = ''] = /'(.*?)'/su.exec(message) ?? [];
  switch (code) {
    case 'commander.unknownOption':
      return `${where}: no such option, got "${quoted}"; ${suggestion(message) ?? `${help} lists them`}`;
    case 'commander.unknownCommand':
      return `${where}: no such command, got "${quoted}"; ${suggestion(message) ?? `there are ${names(command)}`}`;
    case 'commander.help':
      return `${where}: a command is missing, got none; there are ${names(command)}`;
    case 'commander.excessArguments': {
      const excess = command.args.slice(command.registeredArguments.length);
      return `${where}: too many arguments, got "${excess.join('", "')}"; ${help} shows what it takes`;
    }
    case 'commander.missingArgument': {
      const missing = command.registeredArguments.find((argument) => argument.name() === quoted);
      return `${where}: <${quoted}> is missing, got none; write ${missing?.description ?? 'it'}`;
    }
    case 'commander.optionMissingArgument':
      return `${where}: ${quoted.split(' ')[0] ?? ''} has no value, got none; write "${quoted}"`;
    case 'commander.invalidArgument':
      return invalidValue(where, message);
    default:
      return `${where}: ${message.replace(/^error: /u, '')}; ${help} shows what it takes`;
  }
}

/** `error: option '--x <y>' argument 'v' is invalid. is no z; write w`, or the same of an argument. */
function invalidValue(where: string, message: string): string {
  const [, flag, value, told = ''] =
    /^error: option '(\S+) .*?' argument '(.*)' is invalid\. (.*)$/su.exec(message) ?? [];
  if (flag !== undefined && value !== undefined) return wrongValue(`${where} ${flag}`, value, told);
  const [, given = '', name = '', said = ''] =
    /value '(.*)' is invalid for argument '(.*?)'\. (.*)$/su.exec(message) ?? [];
  return wrongValue(`${where} <${name}>`, given, said);
}

/** What is wrong with a value, behind where it stands. @param told as who judges it says it, without the value */
export function wrongValue(where: string, value: string, told: string): string {
  const [what = '', ...remedy] = told.split('; ');
  const shown = value.replace(/\/\/[^/]*@/u, '//…@'); // a login is not repeated
  return `${where}: ${what}, got "${shown}"; ${remedy.join('; ')}`;
}

export function missingOptions(command: CommandUnknownOpts, options: readonly Option[]): string | undefined {
  const missing = options.filter((option) => command.getOptionValue(option.attributeName()) === undefined);
  if (missing.length === 0) return undefined;
  return missing
    .map(
      ({ long, flags, description }) =>
        `${placeOf(command)}: ${long ?? flags} is missing, got none; write "${flags}", ${description}`,
    )
    .join('\n');
}

function placeOf(command: CommandUnknownOpts): string {
  return pathOf(command).join(' ') || 'registry';
}

/** The names below the program, outermost first. */
function pathOf(command: CommandUnknownOpts): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

function suggestion(message: string): string | undefined {
  const [, meant] = /\(Did you mean (?:one of )?(.*)\?\)/u.exec(message) ?? [];
  return meant === undefined ? undefined : `did you mean "${meant.replaceAll(', ', '" or "')}"`;
}

function names(command: CommandUnknownOpts): string {
  return command
    .createHelp()
    .visibleCommands(command as never)
    .map((each) => each.name())
    .sort()
    .join(', ');
}
