import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import type { Checkout } from './checkout';

/** Everything that Terraform reads of one stack's configuration. */
export interface Content {
  /** Equal where commits hold the same for a stack, whatever they are and whatever its folder is called. */
  readonly hash: string;
  /** Paths from the tree's root, also of what no commit holds. */
  readonly paths: readonly string[];
}

/**
 * The files of a stack's folder, of every module and file that these lead to, and what every stack is given at the root.
 * What a text only seems to lead to counts too: that costs a plan without a change, where a module that was overlooked
 * is never applied (2026-08-14).
 */
export function contentOf({ root, files, changed }: Checkout, stack: string): Content {
  const own = `stacks/${stack}`;
  // What is new at the top, and no configuration, is of who works there: a kubeconfig.
  const added = changed.filter((path) => /\/|\.(?:hcl|tfvars|tfvars\.json)$/u.test(path));
  const all = [...new Set([...files.keys(), ...added])];
  const below = (place: string): string[] =>
    all.filter((path) => path === place || path.startsWith(`${place}/`));
  const atRoot = all.filter((path) => /^[^/]+\.(hcl|tfvars|tfvars\.json)$/u.test(path));
  const found = new Set<string>();
  const queue = [...below(own), ...atRoot];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSyncOr(files.get(path)?.startsWith('120000') === true, `${root}/${path}`);
    for (const place of placesIn(path, text, own)) {
      // Another stack gives its outputs, which are no configuration of this one.
      if (place === undefined) queue.push(...all.filter((one) => !one.startsWith('stacks/')));
      else if (all.includes(place) || (place !== '.' && !/^stacks\/[^/]+$/u.test(place)))
        queue.push(...below(place));
    }
  }
  const paths = [...found].sort();
  const lines = paths.flatMap((path) => {
    const name = path.startsWith(`${own}/`) ? `.${path.slice(own.length)}` : path;
    return files.has(path) ? [`${name}\0${files.get(path) ?? ''}\n`] : [];
  });
  return { hash: createHash('sha256').update(lines.sort().join('')).digest('hex'), paths };
}

/** The text that may lead to others; of a link, where it leads. */
function readFileSyncOr(isLink: boolean, path: string): string {
  if (isLink) return JSON.stringify(`./${readlinkSync(path)}`);
  const isRead = /\.(hcl|tf|tofu|tf\.json|tofu\.json)$/u.test(path) && existsSync(path);
  return isRead ? readFileSync(path, 'utf8') : '';
}

/** Behind any function or local too: one path too many costs a plan, one too few an apply. */
const relativePath = /"(?:(?:\$\{[^}"]*\}|%[sv])\/+)?(\.{1,2}\/[^"$\n]*)/gu;
const insideModule = /"\$\{path\.(?:module|root|cwd)\}\/([^"$\n]+)/gu;
/** Of a folder between the stack's and the root, or of the root. */
const namedAbove = /\bfind_in_parent_folders\(\s*"([^"$\n]+)"/gu;
const fromRoot =
  /"\$\{(?:get_repo_root|get_path_to_repo_root|get_parent_terragrunt_dir|dirname\(find_in_parent_folders)[^}]*\}\/+([^"$\n]*)/gu;
/** A source that only Terragrunt can evaluate, but for what leads to the root. */
const unknownSource = /\bsource"?\s*[=:]\s*"\$\{(?!get_repo_root|get_path_to|get_parent|dirname\(find)/u;

/** Where a text leads, from the root; undefined where that cannot be told. */
function placesIn(path: string, text: string, stack: string): (string | undefined)[] {
  const named = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, place = '']) => place);
  const from = (folder: string) => (place: string) => posix.normalize(posix.join(folder, place));
  return [
    ...[...named(relativePath), ...named(insideModule)].flatMap((place) => [
      from(posix.dirname(path))(place),
      from(stack)(place),
    ]),
    ...named(fromRoot).map(from('')),
    ...named(namedAbove).flatMap((name) => [name, `stacks/${name}`]),
  ]
    .map((place) => place.replace(/\/$/u, ''))
    .concat(unknownSource.test(text) ? [''] : [])
    .map((place) => (place === '' ? undefined : place))
    .filter((place) => place?.startsWith('..') !== true);
}
