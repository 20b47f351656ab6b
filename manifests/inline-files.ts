import { createHash } from 'node:crypto';

/** The two expressions by which a synthesized stack refers to a file beside it. */
const reference = /^\$\{(?:sensitive\()?(file|filesha256)\("\$\{path\.module\}\/([^"]+)"\)\)?\}$/;

/** What a plan hides though it is no secret, written out in the expression. */
const hidden = /^\$\{sensitive\((\[(?:"[^"\\]*",?)*\]|"(?:[^"\\]|\\.)*")\)\}$/;

/**
 * A synthesized value with what Terraform reads from files, or hides, in its place, for other readers than Terraform.
 *
 * @param files path from the stack's folder to text
 * @throws Error for a file that the stack does not have
 */
export function inlineFiles<T>(value: T, files: Readonly<Record<string, string>>): T {
  if (Array.isArray(value)) return value.map((item: unknown) => inlineFiles(item, files)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, inlineFiles(item, files)]),
    ) as T;
  if (typeof value !== 'string') return value;
  const [, shown] = hidden.exec(value) ?? [];
  if (shown !== undefined) return JSON.parse(shown) as T;
  const [, read, path = ''] = reference.exec(value) ?? [];
  if (read === undefined) return value;
  const text = files[path];
  if (text === undefined)
    throw new Error(
      `manifests: the stack has no such file, got "${path}"; there are ${Object.keys(files).join(', ')}`,
    );
  return (read === 'file' ? literal(text) : createHash('sha256').update(text).digest('hex')) as T;
}

/** As Terraform would have to be told a text that it must not take for a template. */
const literal = (text: string): string =>
  text.replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);
