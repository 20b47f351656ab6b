import { stringify } from 'yaml';
import type { NodeFacts } from '../estate/nodes';
import type { VaultKey } from '../estate/tokens';
import { contentText, isUnsafeInYaml, secretPlaceholder, secretsOf } from './content';
import { contentFaults, fileFaults, unless } from './file-faults';
import type { Content, ManagedFile } from './managed-file';

export interface User {
  readonly name: string;
  /** A line of sudoers(5) without the name. */
  readonly sudo: string;
  readonly shell: string;
  /** At least one, so that no machine comes up out of reach (incident 47). */
  readonly ssh_authorized_keys: readonly Content[];
  /** A crypt(3) hash, never a password. @default the password is locked */
  readonly hashed_passwd?: Content;
}

/**
 * What a machine does at its first boot: the keys of cloud-init's `#cloud-config` that this project uses, by their own
 * names. Files come before commands; a command is an argument vector, and anything longer than one is a file.
 */
export interface CloudConfig {
  readonly users: readonly User[];
  /** File name below /etc/apt/sources.list.d to source. */
  readonly aptSources: Readonly<Record<string, NodeFacts['apt']['docker']>>;
  readonly packages: readonly string[];
  /** Made before packages are installed. @default none */
  readonly swap?: { readonly filename: string; readonly size: `${number}G` };
  readonly write_files: readonly ManagedFile[];
  readonly runcmd: readonly (readonly string[])[];
}

/**
 * The text of a cloud-config, printed from the object it is.
 *
 * @param textOf what stands for content that may hold secrets; by default each secret's place in Vault
 * @throws Error with every fault of the configuration, one a line
 */
export function renderCloudConfig(config: CloudConfig, textOf: (content: Content) => string = shown): string {
  const faults = cloudConfigFaults(config);
  const count = `${faults.length} fault${faults.length === 1 ? '' : 's'}`;
  if (faults.length > 0) throw new Error(`the cloud-config has ${count}:\n${faults.join('\n')}`);
  const { aptSources, users, write_files, ...rest } = config;
  const object = {
    users: users.map(({ ssh_authorized_keys, hashed_passwd, ...user }) => ({
      ...user,
      ssh_authorized_keys: ssh_authorized_keys.map(textOf),
      lock_passwd: hashed_passwd === undefined,
      ...(hashed_passwd && { hashed_passwd: textOf(hashed_passwd) }),
    })),
    apt: { sources: aptSources },
    ...{ package_update: true, package_upgrade: true },
    ...rest,
    write_files: write_files.map(({ path, mode, content }) => ({
      ...{ path, owner: 'root:root', permissions: mode },
      ...carried(content, textOf(content)),
    })),
  };
  // cloud-init reads YAML 1.1, where a bare `on`, `0644` or `12:30` is no text.
  return `#cloud-config\n${stringify(object, { schema: 'yaml-1.1', lineWidth: 0 })}`;
}

/** As text, so that reviewers can read it; as base64 where a YAML reader would give back something else. */
function carried(content: Content, text: string): { readonly encoding?: 'b64'; readonly content: string } {
  return secretsOf(content).length === 0 && isUnsafeInYaml(text)
    ? { encoding: 'b64', content: Buffer.from(text).toString('base64') }
    : { content: text };
}

/** Where the values come from that it holds, in order. */
export function cloudConfigSecrets({ users, write_files }: CloudConfig): readonly VaultKey[] {
  const ofUsers = users.flatMap(({ ssh_authorized_keys: keys, hashed_passwd = [] }) => [
    ...keys,
    hashed_passwd,
  ]);
  const contents = [...ofUsers, ...write_files.map(({ content }) => content)];
  return contents.flatMap(secretsOf).map(({ vault }) => vault);
}

function cloudConfigFaults({ users, write_files, runcmd }: CloudConfig): string[] {
  return [
    ...users.flatMap(userFaults),
    ...fileFaults('cloudConfig.write_files', write_files),
    ...runcmd.flatMap(commandFaults),
  ];
}

function userFaults({ name, ssh_authorized_keys, hashed_passwd }: User): string[] {
  const where = `cloudConfig.users["${name}"]`;
  const keys = `${where}.ssh_authorized_keys`;
  return [
    ...unless(
      ssh_authorized_keys.length > 0,
      `${keys}: is empty, got ""; name the Vault key of an ssh public key`,
    ),
    ...ssh_authorized_keys.flatMap((key) => oneLineFaults(keys, key, 'write one key an item')),
    ...(hashed_passwd ? oneLineFaults(`${where}.hashed_passwd`, hashed_passwd, 'write one hash') : []),
  ];
}

function commandFaults(command: readonly string[], index: number): string[] {
  const where = `cloudConfig.runcmd[${index}]`;
  return [
    ...unless(
      command.length > 0 && command.every((argument) => argument !== ''),
      `${where}: has an empty argument, got "${command.join(' ')}"; write a program and its arguments, one an item`,
    ),
    ...command.flatMap((argument) =>
      lineFaults(where, argument, 'write the text as a file of write_files and run that'),
    ),
  ];
}

function oneLineFaults(where: string, content: Content, whatToDo: string): string[] {
  return [...contentFaults(where, content), ...lineFaults(where, shown(content), whatToDo)];
}

function lineFaults(where: string, text: string, whatToDo: string): string[] {
  const isLine = !/[\n\r\u0080-\u009f\u2028\u2029\ufeff]/.test(text);
  return unless(isLine, `${where}: holds a newline, got ${JSON.stringify(text)}; ${whatToDo}`);
}

function shown(content: Content): string {
  return contentText(content, secretPlaceholder);
}
