import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { inlineFiles } from '../../manifests/inline-files';

const middlewares = 'traefik.ingress.kubernetes.io/router.middlewares';

/**
 * A synthesized stack as a reviewer reads it: YAML with sorted keys, without cdktf's metadata, and with the
 * documents inside it opened, those that it reads from files too. A bundled program is one line: its source is reviewed
 * as source.
 */
export function reviewForm(json: unknown, files: Readonly<Record<string, string>> = {}): string {
  const all = { ...(json as object), files: unshown(json, files) };
  return stringify(open(inlineFiles(all, files)), { sortMapEntries: true, lineWidth: 0, singleQuote: true });
}

/** The files that stand in no attribute by themselves: alert rules, which an expression reads into a larger document. */
function unshown(json: unknown, files: Readonly<Record<string, string>>): object | undefined {
  const text = JSON.stringify(json);
  const left = Object.entries(files).filter(
    ([path]) => !text.includes(JSON.stringify(`sensitive(file("\${path.module}/${path}"))`).slice(1, -1)),
  );
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

function open(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((member) => open(member));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== '//')
        .map(([name, member]) => [name, open(member, name)]),
    );
  if (typeof value !== 'string') return value;
  if (key.endsWith('.mjs')) return programLine(value);
  if (key.endsWith('.json') && value.startsWith('{')) return JSON.parse(value) as unknown;
  if (key === middlewares) return value.split(',');
  return value;
}

/** Of the file itself, by whose hash Git, a plan and the pod's annotation name it too. */
function programLine(inTerraform: string): string {
  const source = inTerraform.replace(/([$%])\1\{/g, '$1{');
  const bytes = Buffer.byteLength(source);
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 12);
  return `program, ${(bytes / 1024).toFixed(1)} KiB, sha256:${digest}…`;
}
