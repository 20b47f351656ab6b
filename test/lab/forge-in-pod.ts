import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Forge } from '../../lab/servers/forge';
import { run, type Ran } from '../../terminal/run';

/** What a shell in the forge's pod knows as `forgejo`: the forge's own command line. */
function forgejoFunction({ commandLine: { program, args } }: Pick<Forge, 'commandLine'>): string {
  return `forgejo() { '${program}' ${args.map((word) => `'${word}'`).join(' ')} "$@"; }`;
}

/** What `kubectl exec` comes to: the last word, as a line of that shell. */
export function execInPod(
  forge: Pick<Forge, 'commandLine'>,
): (command: { readonly args: readonly string[] }) => Promise<Ran> {
  return ({ args }) =>
    run('sh', ['-c', `${forgejoFunction(forge)}; ${args.at(-1) ?? ''}`], { env: forge.commandLine.env });
}

/** Puts a `kubectl` into a folder that does what the pod would. @param pod with the last word as "$last" */
export function writeKubectl(forge: Pick<Forge, 'commandLine'>, folder: string, pod = 'eval "$last"'): void {
  const file = join(folder, 'kubectl');
  writeFileSync(file, `#!/bin/sh\n${forgejoFunction(forge)}\nfor last; do :; done\n${pod}\n`);
  chmodSync(file, 0o755);
}
