import { stringify } from 'yaml';
import type { ManagedFile, ManagedMachine } from '../cloud-init/managed-file';
import type { VmCheck, VmStep } from '../cloud-init/registry-vm';
import type { VaultKey } from '../estate/tokens';

export interface RegistryConfigSyncProps {
  /** What the machine holds; everything else here follows from it. */
  readonly machine: ManagedMachine;
  readonly steps: readonly VmStep[];
  readonly checks: readonly VmCheck[];
  /** Address that is logged in to, and asked whether it works. */
  readonly address: string;
  readonly ssh: { readonly user: string; readonly privateKey: VaultKey; readonly knownHosts: VaultKey };
  /** Folder of the machine that holds what is still to be done when a run ends early. */
  readonly folder: string;
  /** Folder of the tree that holds the files and the script. */
  readonly treeFolder: string;
  /** Has a shell, ssh and curl; nothing is installed when the pipeline runs. */
  readonly image: string;
}

/** Path of the pipeline in the tree. */
export const registryConfigSyncPath = '.woodpecker/registry-config-sync.yml';

/** Where a file of the machine lies in the tree; a file with secrets lies nowhere. */
export function treePathOf(treeFolder: string, { path }: ManagedFile): string {
  return `${treeFolder}/files${path}`;
}

/** Whether a file is the same text for everybody who reads the tree. */
export function isPlain({ content }: ManagedFile): boolean {
  return content.every((part) => typeof part === 'string');
}

/**
 * The Woodpecker pipeline that runs the script at each change of what it brings. Its commands hold no `$`, which
 * Woodpecker would substitute before any shell reads it (incident 23).
 *
 * @see https://woodpecker-ci.org/docs/usage/workflow-syntax
 */
export function registryConfigSync(props: RegistryConfigSyncProps): string {
  const { machine, treeFolder } = props;
  const paths = [
    ...machine.files.filter(isPlain).map((file) => treePathOf(treeFolder, file)),
    syncScriptPath(treeFolder),
    registryConfigSyncPath,
  ];
  const pipeline = {
    when: [{ event: 'push', branch: 'master', path: { include: paths } }, { event: 'manual' }],
    steps: [
      {
        name: 'sync',
        image: props.image,
        environment: Object.fromEntries(
          secretsOf(props).map((vault) => [variableOf(vault), { from_secret: vault.key }]),
        ),
        commands: [`sh ${syncScriptPath(treeFolder)}`],
      },
    ],
  };
  return stringify(pipeline, { lineWidth: 0 });
}

export function syncScriptPath(treeFolder: string): string {
  return `${treeFolder}/sync.sh`;
}

/**
 * The script that brings the machine to what the tree holds. What a changed file needs is noted on the machine before
 * the file counts, so that a run which is ended in the middle is finished by the next one.
 */
export function registryConfigSyncScript(props: RegistryConfigSyncProps): string {
  const { address, checks, folder, machine, ssh, steps, treeFolder } = props;
  const effects = machine.files.map(({ effect }) => effect);
  return `#!/bin/sh
# Brings the registry VM to what ${treeFolder} holds, from the root of the tree.
set -eu
umask 077

vm=${ssh.user}@${address}
pending=${folder}/.pending-effects
${secretsOf(props)
  .map(
    (vault) =>
      `: "\${${variableOf(vault)}:?is empty; add the Woodpecker secret ${vault.key} with the value of secret/${vault.path} ${vault.key}}"`,
  )
  .join('\n')}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\\n' "$${variableOf(ssh.privateKey)}" >"$work/key"
printf '%s\\n' "$${variableOf(ssh.knownHosts)}" >"$work/known_hosts"

remote() {
  ssh -i "$work/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \\
    -o UserKnownHostsFile="$work/known_hosts" "$vm" "$1"
}

same() { # <path> <mode>: the machine holds what "$work/file" holds
  remote "cmp -s - '$1' && [ \\"0\\$(stat -c %a '$1')\\" = '$2' ]" <"$work/file"
}

put() { # <path> <mode> <effect>: writes standard input there
  cat >"$work/file"
  if same "$1" "$2"; then return; fi
  remote "set -e; cat >'$1.new'; chmod '$2' '$1.new'; echo '$3' >>'$pending'; mv '$1.new' '$1'" <"$work/file"
  echo "wrote $1"
}

verify() { # <path> <mode> <effect>
  cat >"$work/file"
  if ! same "$1" "$2"; then
    echo "$1: the machine does not hold what the tree holds" >&2
    return 1
  fi
}

each() { # <command>: for every managed file
${machine.files.map((file) => `  ${source(treeFolder, file)}`).join('\n')}
}

need() { # <effect> <command>
  if printf '%s\\n' "$todo" | grep -qxF "$1"; then
    echo "+ $2"
    remote "$2"
  fi
}

answers() { # <status> <url>
  got=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 30 \\
    --retry 10 --retry-delay 3 --retry-connrefused --connect-to '::${address}:' "$2") || true
  if [ "$got" != "$1" ]; then
    echo "$2: answers $got instead of $1" >&2
    return 1
  fi
}

remote ${shellQuoted(`mkdir -p ${machine.directories.join(' ')}`)}
each put
todo=$(remote "cat '$pending' 2>/dev/null || true")
${steps
  .filter(({ when }) => effects.includes(when))
  .map(({ when, command }) => `need ${shellQuoted(when)} ${shellQuoted(command)}`)
  .join('\n')}
remote "rm -f '$pending'"
remote ${shellQuoted(`rm -rf ${machine.absent.join(' ')}`)}

each verify
${checks.map(({ url, status }) => `answers ${status} ${shellQuoted(url)}`).join('\n')}
remote '! crontab -l 2>/dev/null | grep -E "garbage-collect|cleanup-tags|fix-broken-blobs"' || {
  echo "root's crontab still runs what /etc/cron.d replaces; remove these lines" >&2
  exit 1
}
`;
}

/** How the script reads one file: from the tree, or put together around its secrets. */
function source(treeFolder: string, file: ManagedFile): string {
  const { path, mode, content, effect } = file;
  const put = `"$1" ${shellQuoted(path)} ${mode} ${shellQuoted(effect)}`;
  if (isPlain(file)) return `${put} <${shellQuoted(treePathOf(treeFolder, file))}`;
  const parts = content.map((part) =>
    typeof part === 'string' ? shellQuoted(part) : `"$${variableOf(part.vault)}"`,
  );
  return `printf '%s' ${parts.join(' ')} | ${put}`;
}

function secretsOf({ machine, ssh }: RegistryConfigSyncProps): VaultKey[] {
  const keys = [
    ...[ssh.privateKey, ssh.knownHosts],
    ...machine.files.flatMap(({ content }) =>
      content.flatMap((part) => (typeof part === 'string' ? [] : [part.vault])),
    ),
  ];
  const isFirst = ({ key }: VaultKey, index: number): boolean =>
    keys.findIndex((other) => other.key === key) === index;
  return keys.filter(isFirst);
}

/** Woodpecker's secrets have the names of the keys in Vault. */
function variableOf({ key }: VaultKey): string {
  return key.toUpperCase();
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
