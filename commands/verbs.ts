import { command, type Verb } from '../terminal/command';
import { summaries } from './summaries';

type Name = keyof typeof summaries;

/* eslint-disable @typescript-eslint/no-require-imports -- import() would need other file extensions than jest's */
const modules = {
  backup: () => require('./backup') as unknown,
  bootstrap: () => require('./bootstrap') as unknown,
  copy: () => require('./copy') as unknown,
  cutover: () => require('./cutover') as unknown,
  decommission: () => require('./decommission') as unknown,
  deliver: () => require('./deliver') as unknown,
  diff: () => require('./diff') as unknown,
  evidence: () => require('./evidence') as unknown,
  lab: () => require('./lab') as unknown,
  nodes: () => require('./nodes') as unknown,
  onboard: () => require('./onboard') as unknown,
  parity: () => require('./parity') as unknown,
  pipeline: () => require('./pipeline') as unknown,
  preflight: () => require('./preflight') as unknown,
  probe: () => require('./probe') as unknown,
  report: () => require('./report') as unknown,
  restore: () => require('./restore') as unknown,
  retention: () => require('./retention') as unknown,
  rollback: () => require('./cutover') as unknown,
  scan: () => require('./scan') as unknown,
  smoke: () => require('./smoke') as unknown,
  stacks: () => require('./stacks') as unknown,
  status: () => require('./status') as unknown,
} satisfies Record<Name, () => unknown>;

const names = Object.keys(summaries) as Name[];

/**
 * Every verb of the command line; of those that no argument names, what a list says of them: Terraform's bindings, the
 * compiler and the lab take seconds. A new one is a file beside this one that exports it under its name, and two rows.
 */
export function verbsFor(args: readonly string[] = names): readonly Verb[] {
  return names.map((name) => {
    if (args.includes(name)) return (modules[name]() as Record<Name, () => Verb>)[name]();
    const [takes, summary] = summaries[name];
    const listed = command({ name, summary, examples: [] });
    for (const word of takes.match(/\S+/gu) ?? [])
      if (word === '[options]') listed.option('--any');
      else listed.argument(word);
    return () => listed;
  });
}
