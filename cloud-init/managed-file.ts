import type { VaultKey } from '../estate/tokens';

/** Stands in a file's content where a value of Vault belongs; no rendered text of ours holds the value itself. */
export interface SecretReference {
  readonly vault: VaultKey;
}

/** A file's content in order: text, and references where a secret stands. */
export type Content = readonly (string | SecretReference)[];

/**
 * A file that a machine holds because this project says so. One list of them a machine renders its cloud-init, its
 * mounts, its rollout, its sync pipeline and its verification, so that no two of these can differ (incident 12).
 */
export interface ManagedFile<Effect extends string = string> {
  readonly path: string;
  readonly mode: '0600' | '0644' | '0755';
  readonly content: Content;
  /** What a change of it needs on a running machine before it counts. */
  readonly effect: Effect;
}

/** A file without secrets. */
export function managedFile<Effect extends string>(
  path: string,
  effect: Effect,
  text: string,
  mode: ManagedFile['mode'] = '0644',
): ManagedFile<Effect> {
  return { path, mode, content: [text], effect };
}

/** Everything that one kind of machine holds in a phase, and what it must not hold any more. */
export interface ManagedMachine<Effect extends string = string> {
  /** Made before the files, parents first. */
  readonly directories: readonly string[];
  readonly files: readonly ManagedFile<Effect>[];
  /** Files and folders of earlier phases that the rollout removes. */
  readonly absent: readonly string[];
}
