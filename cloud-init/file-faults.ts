import { parse as parseToml } from 'smol-toml';
import { parseAllDocuments } from 'yaml';
import { contentText, isUnsafeInYaml, secretPlaceholder, secretsOf } from './content';
import type { Content, ManagedFile } from './managed-file';

const modes: readonly string[] = ['0600', '0644', '0755'];

export function unless(isWell: boolean, fault: string): string[] {
  return isWell ? [] : [fault];
}

/**
 * One message for each thing that is wrong with a machine's files: a file that its reader would refuse or pass over
 * is refused here (duplicate TOML tables and multi-line text in a YAML list left nodes without any set-up on 2026-05-26).
 */
export function fileFaults(where: string, files: readonly ManagedFile[]): string[] {
  return files.flatMap((file, index) => {
    const { path, mode, content } = file;
    const place = `${where}["${path}"]`;
    return [
      ...unless(
        /^(\/(?!\.\.?(\/|$))[^/\s]+)+$/.test(path),
        `${place}: is not an absolute path, got "${path}"; begin with "/", without ".." and blanks`,
      ),
      ...unless(
        files.findIndex((other) => other.path === path) === index,
        `${place}: two files are written here, got "${path}" twice; keep one of them`,
      ),
      ...unless(
        modes.includes(mode),
        `${place}: mode is unknown, got "${mode as string}"; write one of "${modes.join('", "')}"`,
      ),
      ...contentFaults(place, content),
      ...formatFaults(place, file),
    ];
  });
}

/** One message for each secret that names nothing, and each character that no text file of ours holds. */
export function contentFaults(where: string, content: Content): string[] {
  const text = contentText(content, secretPlaceholder);
  const secrets = secretsOf(content);
  const control = /[\u0000-\u0008\u000b-\u001f\u007f\ue000-\uf8ff]|\p{Surrogate}/u.exec(text)?.[0];
  const code = control?.charCodeAt(0).toString(16).padStart(4, '0') ?? '';
  return [
    ...unless(
      !isUnsafeInYaml(text) || secrets.length === 0,
      `${where}: holds a character that YAML changes beside a secret, got ${JSON.stringify(text)}; write it without`,
    ),
    ...secrets.flatMap(({ vault: { path, key } }) =>
      unless(
        path.trim() !== '' && key.trim() !== '',
        `${where}: a secret names nothing, got "${path}:${key}"; write its Vault path and key`,
      ),
    ),
    ...unless(text.trim() !== '', `${where}: is empty, got "${text}"; write its content or leave it out`),
    ...unless(
      control === undefined,
      `${where}: holds a control or private-use character or half of one, got "\\u${code}"; write text with "\\n" and "\\t" alone`,
    ),
  ];
}

function formatFaults(where: string, { path, content }: ManagedFile): string[] {
  const text = contentText(content, secretPlaceholder);
  const format = /\.([a-z]+)$/.exec(path)?.[1] ?? '';
  return parseErrors(format, text).map(
    (error) =>
      `${where}: its name promises ${format} but it does not parse, got "${firstLine(error)}"; render it from an object`,
  );
}

function parseErrors(format: string, text: string): readonly string[] {
  try {
    if (format === 'yaml' || format === 'yml')
      return parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => message));
    if (format === 'toml') parseToml(text);
    if (format === 'json') JSON.parse(text);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}
