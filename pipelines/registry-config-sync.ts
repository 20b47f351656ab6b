import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentText, secretPlaceholder, secretsOf as secretsIn } from '../cloud-init/content';
import { machineScripts, markOf, unverifiedMark, type MachineScript } from '../cloud-init/machine-scripts';
import type { ManagedFile, ManagedMachine } from '../cloud-init/managed-file';
import type { VmCheck, VmStep } from '../cloud-init/registry-vm';
import type { VaultKey } from '../estate/tokens';
import { shellLine, shellWord } from '../terminal/shell-words';
import { fromSecret, printPipeline } from './woodpecker-pipeline';

export interface RegistryConfigSyncProps {
  /** What the machine holds; everything else here follows from it. */
  readonly machine: ManagedMachine;
  readonly steps: readonly VmStep[];
  readonly checks: readonly VmCheck[];
  readonly address: string;
  readonly ssh: { readonly user: string; readonly privateKey: VaultKey; readonly knownHosts: VaultKey };
  /** Folder of the tree that holds the files and the scripts. */
  readonly treeFolder: string;
  readonly branch: string;
  /** Has a shell and ssh; nothing is installed when the pipeline runs. */
  readonly image: string;
}

/** A file of the Terragrunt tree, by its path from the root. */
export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export const registryConfigSyncPath = '.woodpecker/registry-config-sync.yml';

/** What runs on the machine, as `./registry nodes` runs it there. */
const scripts: readonly MachineScript[] = [
  ...(['answer', 'clear', 'crontab', 'lock', 'make-directory', 'observe', 'remove', 'write'] as const),
];

/** The pipeline with everything that it runs, each by its path in the tree: the pipeline itself comes last. */
export function registryConfigSync(props: RegistryConfigSyncProps): readonly TreeFile[] {
  const { treeFolder } = props;
  const sync = readFileSync(join(__dirname, 'registry-config-sync.sh'), 'utf8');
  const files = [
    ...props.machine.files.flatMap((file) =>
      // A file with secrets lies nowhere in the tree.
      secretsIn(file.content).length === 0
        ? [{ path: `${treeFolder}/files${file.path}`, text: contentText(file.content, secretPlaceholder) }]
        : [],
    ),
    { path: `${treeFolder}/sync.sh`, text: sync },
    { path: `${treeFolder}/machine.sh`, text: machineLists(props) },
    ...scripts.map((name) => ({
      path: `${treeFolder}/machine-scripts/${name}.sh`,
      text: machineScripts[name],
    })),
  ];
  const paths = files.map(({ path }) => path);
  return [...files, { path: registryConfigSyncPath, text: pipeline(props, paths) }];
}

/**
 * The Woodpecker pipeline that runs the script at each change of what it brings. Its commands hold no `$`, which
 * Woodpecker would substitute before any shell reads it (incident 23).
 *
 * @see https://woodpecker-ci.org/docs/usage/workflow-syntax
 */
function pipeline(props: RegistryConfigSyncProps, paths: readonly string[]): string {
  const include = [...paths, registryConfigSyncPath];
  return printPipeline(registryConfigSyncPath, {
    when: [
      { event: 'push', branch: props.branch, path: { include } },
      { event: 'manual', branch: props.branch },
    ],
    steps: [
      {
        name: 'sync',
        image: props.image,
        environment: Object.fromEntries(
          secretsOf(props).map((vault) => [variableOf(vault), fromSecret(vault)]),
        ),
        commands: [`sh ${props.treeFolder}/sync.sh`],
      },
    ],
  });
}

/** What sync.sh reads: who is logged in to, and five lists, each a function that is told what to do with every row. */
function machineLists(props: RegistryConfigSyncProps): string {
  const { address, checks, machine, ssh, steps } = props;
  const effects = new Set(machine.files.map(({ effect }) => effect));
  const needed = steps.filter(({ when }) => effects.has(when));
  const lasting = new Set<string>(needed.map(({ when }) => when));
  const call = (...words: readonly string[]): string => `"$1" ${shellLine(words)}`;
  const lists: Readonly<Record<string, readonly string[]>> = {
    directories: machine.directories.map((path) => call(path)),
    files: machine.files.map((file) => {
      const mark = lasting.has(file.effect) ? markOf(file.effect) : unverifiedMark;
      return source(file, call(file.path, file.mode, mark));
    }),
    steps: needed.map(({ when, command }) => call(markOf(when), command)),
    absent: machine.absent.map((path) => call(path)),
    checks: checks.map((check) =>
      check.kind === 'crontab'
        ? call('crontab', check.pattern)
        : call('answer', check.url, check.statuses.join('|'), ...check.curlOptions),
    ),
  };
  return [
    `# shellcheck shell=sh disable=SC2034,SC2154
# What ${ssh.user}@${address} holds; sync.sh reads it. Generated.
login=${shellWord(`${ssh.user}@${address}`)}
${secretsOf(props)
  .map(
    (vault) =>
      `: "\${${variableOf(vault)}:?is empty; add the Woodpecker secret ${vault.key} with the value of secret/${vault.path} ${vault.key}}"\n`,
  )
  .join('')}ssh_key=$${variableOf(ssh.privateKey)}
known_hosts=$${variableOf(ssh.knownHosts)}
`,
    ...Object.entries(lists).map(
      ([name, rows]) => `${name}() {\n${rows.map((row) => `  ${row}\n`).join('') || '  :\n'}}\n`,
    ),
  ].join('\n');
}

/** How sync.sh reads one file: from the tree, or put together around its secrets. */
function source(file: ManagedFile, call: string): string {
  if (secretsIn(file.content).length === 0) return `${call} <"$here"${shellWord(`/files${file.path}`)}`;
  const parts = file.content.map((part) =>
    typeof part === 'string' ? shellWord(part) : `"$${variableOf(part.vault)}"`,
  );
  return `printf '%s' ${parts.join(' ')} | ${call}`;
}

/** Every key of Vault that the pipeline is given, by way of a Woodpecker secret of the key's name. */
export function secretsOf({ machine, ssh }: RegistryConfigSyncProps): VaultKey[] {
  const keys = [
    ...[ssh.privateKey, ssh.knownHosts],
    ...machine.files.flatMap(({ content }) => secretsIn(content).map(({ vault }) => vault)),
  ];
  const isFirst = ({ key }: VaultKey, index: number): boolean =>
    keys.findIndex((other) => other.key === key) === index;
  return keys.filter(isFirst);
}

/** Woodpecker's secrets have the names of the keys in Vault. */
function variableOf({ key }: VaultKey): string {
  return key.toUpperCase();
}
