import type { Content, SecretReference } from './managed-file';

/** A file's text, with what `valueOf` says in the place of each secret. */
export function contentText(content: Content, valueOf: (secret: SecretReference) => string): string {
  return content.map((part) => (typeof part === 'string' ? part : valueOf(part))).join('');
}

/** What reviewers and format checks read in place of a secret: where it is, in the words of `vault kv get`. */
export function secretPlaceholder({ vault }: SecretReference): string {
  return `<secret/${vault.path}:${vault.key}>`;
}

/**
 * Whether text holds what a YAML reader may not give back: line ends of Unicode, which PyYAML folds to blanks or takes
 * for the end of the document's line, C1 controls, byte order marks and non-characters.
 */
export function isUnsafeInYaml(text: string): boolean {
  return /[\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(text);
}

/** The secrets that content refers to, in order. */
export function secretsOf(content: Content): readonly SecretReference[] {
  return content.filter((part) => typeof part !== 'string');
}
