import { contentText, secretPlaceholder, secretsOf } from '../cloud-init/content';
import type { ManagedFile, ManagedMachine, SecretReference } from '../cloud-init/managed-file';

export type SecretOf = (reference: SecretReference) => string;

export interface ResolvedFile extends Omit<ManagedFile, 'content'> {
  /** Its text with a placeholder for each secret: the only one that may be printed. */
  readonly shown: string;
  readonly text: string;
  readonly holdsSecrets: boolean;
}

export interface ResolvedMachine extends Omit<ManagedMachine, 'files'> {
  readonly files: readonly ResolvedFile[];
  /** Every secret's plain value, to be kept out of messages. */
  readonly secrets: readonly string[];
}

export function resolveMachine({ files, ...machine }: ManagedMachine, secretOf: SecretOf): ResolvedMachine {
  const secrets = files.flatMap(({ content }) => secretsOf(content));
  return {
    ...machine,
    files: files.map(({ content, ...file }) => ({
      ...file,
      shown: contentText(content, secretPlaceholder),
      text: contentText(content, secretOf),
      holdsSecrets: secretsOf(content).length > 0,
    })),
    secrets: secrets.map(secretOf),
  };
}
