import { command, type Verb } from '../terminal/command';
import { summaries } from './summaries';

type Name = keyof typeof summaries;

/* eslint-disable @typescript-eslint/no-require-imports -- import() would need other file extensions than jest's */
/** What a verb takes, as the list of the commands says it without loading the verb, and the file that it is in. */
const modules = {
  backup: ['<file>', () => require('./backup') as unknown],
  bootstrap: ['', () => require('./bootstrap') as unknown],
  copy: ['', () => require('./copy') as unknown],
  cutover: ['[options] <app>', () => require('./cutover') as unknown],
  decommission: ['[options]', () => require('./decommission') as unknown],
  deliver: ['[options]', () => require('./deliver') as unknown],
  diff: ['[options]', () => require('./diff') as unknown],
  evidence: ['', () => require('./evidence') as unknown],
  lab: ['', () => require('./lab') as unknown],
  nodes: ['', () => require('./nodes') as unknown],
  onboard: ['[options] <project> <verb>', () => require('./onboard') as unknown],
  parity: ['[options]', () => require('./parity') as unknown],
  pipeline: ['[options] <project>', () => require('./pipeline') as unknown],
  preflight: ['[options]', () => require('./preflight') as unknown],
  probe: ['[options] <registry>', () => require('./probe') as unknown],
  report: ['[options]', () => require('./report') as unknown],
  restore: ['[options] <file>', () => require('./restore') as unknown],
  retention: ['[options]', () => require('./retention') as unknown],
  rollback: ['[options] <app>', () => require('./cutover') as unknown],
  scan: ['[options] <tree>', () => require('./scan') as unknown],
  smoke: ['[options]', () => require('./smoke') as unknown],
  stacks: ['', () => require('./stacks') as unknown],
  status: ['[options]', () => require('./status') as unknown],
} as const satisfies Record<Name, readonly [string, () => unknown]>;

const names = Object.keys(summaries) as Name[];

/**
 * Every verb of the command line; of those that no argument names, what a list says of them: Terraform's bindings, the
 * compiler and the lab take seconds. A new one is a file beside this one that exports it under its name, and two rows.
 */
export function verbsFor(args: readonly string[] = names): readonly Verb[] {
  return names.map((name) => {
    const [takes, load] = modules[name];
    if (args.includes(name)) return (load() as Record<Name, () => Verb>)[name]();
    const listed = command({ name, summary: summaries[name], examples: [] });
    for (const word of takes.match(/\S+/gu) ?? [])
      if (word === '[options]') listed.option('--any');
      else listed.argument(word);
    return () => listed;
  });
}
