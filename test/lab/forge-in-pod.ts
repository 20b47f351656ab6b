import type { Forge } from '../../lab/servers/forge';
import { run, type Ran } from '../../terminal/run';

/** What a shell in the forge's pod knows as `forgejo`: the forge's own command line. */
export function forgejoFunction({ commandLine: { program, args } }: Pick<Forge, 'commandLine'>): string {
  return `forgejo() { '${program}' ${args.map((word) => `'${word}'`).join(' ')} "$@"; }`;
}

/** What `kubectl exec` comes to: the last word, as a line of that shell. */
export function execInPod(
  forge: Pick<Forge, 'commandLine'>,
): (command: { readonly args: readonly string[] }) => Promise<Ran> {
  return ({ args }) =>
    run('sh', ['-c', `${forgejoFunction(forge)}; ${args.at(-1) ?? ''}`], { env: forge.commandLine.env });
}
