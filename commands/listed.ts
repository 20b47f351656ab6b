import { command, type CommandProps } from '../terminal/command';

/** What each verb takes, and what it does: in the list of the commands, which does not load the verb, and in its own help. */
export const listed = {
  backup: ['<file>', 'stop Forgejo, keep its volume in one archive, and start it again'],
  bootstrap: ['', 'make the accounts and tokens of the registry, and keep the tokens in Vault'],
  copy: ['', 'copy images to Forgejo with the same digests, and prove that they are whole'],
  cutover: [
    '[options] <app>',
    'move one app, or the image of pipelines, to Forgejo, and see that it runs; or go back',
  ],
  decommission: [
    '[options]',
    'show what the removal of the legacy registry changes, and what it leaves to a person; it changes nothing',
  ],
  deliver: ['[options]', 'show what the estate changes in a Terragrunt tree, or with --write change it'],
  diff: ['[options]', 'say what the working tree changes: images, phases, tokens, alerts, machines, objects'],
  evidence: ['', 'show and measure the claims that the phase, and each app that has moved, rests on'],
  lab: ['', 'start real servers on loopback, for tests and rehearsal'],
  nodes: ['', 'bring running nodes and the registry VM to what the estate says'],
  onboard: ['[options] <project> <verb>', "a project's repository, registration, pipeline and first build"],
  parity: [
    '[options]',
    'show what an apply of delivered stacks would move, change, replace and destroy; it applies nothing',
  ],
  pipeline: [
    '[options] <project>',
    "print a project's build as the phase asks for it, or write it into its repository",
  ],
  preflight: [
    '[options]',
    'say whether keys, tokens, pull Secrets, names and evidence are in place; it changes nothing',
  ],
  probe: ['[options] <registry>', 'say whether every image of a registry that can be pulled is whole'],
  report: [
    '[options]',
    'write how the migration stands as one HTML page: apps, gates, results, storage, next steps',
  ],
  restore: [
    '[options] <file>',
    "fill Forgejo's empty volume from a backup, and read every byte of every image",
  ],
  retention: ['[options]', 'show what the retention job would delete, and why; it deletes nothing'],
  rollback: ['[options] <app>', 'move one app back to where it was pulled from before, and see that it runs'],
  scan: [
    '[options] <tree>',
    'find every reference to the legacy registry, and to images that leave Docker Hub, in a tree',
  ],
  smoke: [
    '[options]',
    'push, pull by a node and delete one image, run the probe once; the proof that dual-push asks for',
  ],
  stacks: ['', 'plan and apply the stacks whose content changed, and find drift, as a pipeline does'],
  status: ['[options]', 'say in one screen how the migration stands, and what to do next'],
} as const;

export type VerbName = keyof typeof listed;

/** The command of a verb, which says of itself what the list says of it. */
export function verbCommand(
  name: VerbName,
  props: Omit<CommandProps, 'name' | 'summary'>,
): ReturnType<typeof command> {
  return command({ name, summary: listed[name][1], ...props });
}
