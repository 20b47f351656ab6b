import { parse as parseToml } from 'smol-toml';
import { parseAllDocuments } from 'yaml';
import { contentText, isUnsafeInYaml, secretPlaceholder, secretsOf } from './content';
import type { Content, ManagedFile } from './managed-file';

const modes: readonly string[] = ['0600', '0644', '0755'];

/**
 * One message for each thing that is wrong with a machine's files: a file that its reader would refuse or pass over
 * is refused here (duplicate TOML tables and multi-line text in a YAML list left nodes without any set-up on 2026-05-26).
 */
export function fileFaults(where: string, files: readonly ManagedFile[]): string[] {
  return files.flatMap((file, index) => {
    const place = `${where}["${file.path}"]`;
    return [
      ...pathFaults(place, file.path),
      ...(files.findIndex(({ path }) => path === file.path) === index
        ? []
        : [`${place}: two files are written here, got "${file.path}" twice; keep one of them`]),
      ...(modes.includes(file.mode)
        ? []
        : [`${place}: mode is unknown, got "${file.mode as string}"; write one of "${modes.join('", "')}"`]),
      ...contentFaults(place, file.content),
      ...formatFaults(place, file),
    ];
  });
}

/** One message for each secret that names nothing, and each character that no text file of ours holds. */
export function contentFaults(where: string, content: Content): string[] {
  const nameless = secretsOf(content).filter(
    ({ vault }) => vault.path.trim() === '' || vault.key.trim() === '',
  );
  const text = contentText(content, secretPlaceholder);
  const control = /[\u0000-\u0008\u000b-\u001f\u007f\ue000-\uf8ff]|\p{Surrogate}/u.exec(text)?.[0];
  const isMixed = isUnsafeInYaml(text) && secretsOf(content).length > 0;
  return [
    ...(isMixed
      ? [
          `${where}: holds a character that YAML changes beside a secret, got ${JSON.stringify(text)}; write it without`,
        ]
      : []),
    ...nameless.map(
      ({ vault }) =>
        `${where}: a secret names nothing, got "${vault.path}:${vault.key}"; write its Vault path and key`,
    ),
    ...(text.trim() === '' ? [`${where}: is empty, got "${text}"; write its content or leave it out`] : []),
    ...(control === undefined
      ? []
      : [
          `${where}: holds a control or private-use character or half of one, got "\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}"; write text with "\\n" and "\\t" alone`,
        ]),
  ];
}

function pathFaults(where: string, path: string): string[] {
  return /^(\/(?!\.\.?(\/|$))[^/\s]+)+$/.test(path)
    ? []
    : [`${where}: is not an absolute path, got "${path}"; begin with "/", without ".." and blanks`];
}

function formatFaults(where: string, { path, content }: ManagedFile): string[] {
  const text = contentText(content, secretPlaceholder);
  return parseErrors(path, text).map(
    (error) =>
      `${where}: its name promises ${extension(path)} but it does not parse, got "${firstLine(error)}"; render it from an object`,
  );
}

function parseErrors(path: string, text: string): readonly string[] {
  switch (extension(path)) {
    case 'yaml':
    case 'yml':
      return parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => message));
    case 'toml':
      return thrown(() => parseToml(text));
    case 'json':
      return thrown(() => JSON.parse(text) as unknown);
    default:
      return [];
  }
}

function thrown(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function extension(path: string): string {
  return /\.([a-z]+)$/.exec(path)?.[1] ?? '';
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}
