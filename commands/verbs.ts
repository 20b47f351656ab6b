import type { Verb } from '../terminal/command';
import { listed, verbCommand, type VerbName } from './listed';

const names = Object.keys(listed) as VerbName[];

/**
 * Every verb of the command line; of those that no argument names, what a list says of them: Terraform's bindings, the
 * compiler and the lab take seconds. A new one is a file beside this one that exports it under its name, and a row.
 */
export function verbsFor(args: readonly string[] = names): readonly Verb[] {
  return names.map((name) => {
    const file = name === 'rollback' ? './cutover' : `./${name}`;
    // import() would need other file extensions than jest's.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    if (args.includes(name)) return (require(file) as Record<VerbName, () => Verb>)[name]();
    const command = verbCommand(name, { examples: [] });
    for (const word of listed[name][0].match(/\S+/gu) ?? [])
      if (word === '[options]') command.option('--any');
      else command.argument(word);
    return () => command;
  });
}
