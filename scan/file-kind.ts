import { basename } from 'node:path';

export type FileKind =
  'hcl' | 'yaml' | 'json' | 'markdown' | 'shell' | 'dockerfile' | 'nginx' | 'toml' | 'code' | 'text';

const kinds: readonly (readonly [RegExp, FileKind])[] = [
  [/\.(?:tf|hcl|tfvars)$/u, 'hcl'],
  [/\.(?:ya?ml)(?:\.\w+)?$/u, 'yaml'],
  [/\.(?:json|tfstate)$/u, 'json'],
  [/\.(?:md|mdx|markdown|rst|adoc)$/u, 'markdown'],
  [/(?:^|\.)(?:dockerfile|containerfile)(?:\.[\w-]+)?$/u, 'dockerfile'],
  [/\.(?:sh|bash|zsh|env|envrc|service|timer|mk)$|^makefile$|^\.env/u, 'shell'],
  [/\.(?:conf|nginx|cnf)$|nginx/u, 'nginx'],
  [/\.toml$/u, 'toml'],
  [/\.(?:[cm]?[jt]sx?|py|go|rs|java|rb|php|jsonc|json5|html?|css|xml|svg|vue)$/u, 'code'],
];

/** What a file is, by its name, or by its first line where the name says nothing. */
export function fileKind(path: string, text: string): FileKind {
  const name = basename(path).toLowerCase();
  const named = kinds.find(([pattern]) => pattern.test(name))?.[1];
  return named ?? (/^#!.*\b(?:ba|da|z|)sh\b/u.test(text) ? 'shell' : 'text');
}

const hash = /(?:^|\s)#/gu;
const slashes = /(?:^|\s)(?:#|\/\/)|\/\*|^\s*\*\s/gu;
const none = /(?!)/gu;
/** @default the hash */
const comments: Partial<Readonly<Record<FileKind, RegExp>>> = {
  ...{ hcl: slashes, json: none, markdown: none },
  code: new RegExp(`${slashes.source}|<!--`, 'gu'),
  text: /^\s*#/gu,
};

/** Where the comment of a line begins, outside of quotes; its length where there is none. */
export function commentStart(kind: FileKind, line: string): number {
  let open = '';
  let at = 0;
  for (const { index } of line.matchAll(comments[kind] ?? hash)) {
    for (; at < index; at += 1) {
      const letter = line[at] ?? '';
      if (letter === '\\') at += 1;
      else if (open === '') open = /["'`]/u.test(letter) ? letter : '';
      else if (letter === open) open = '';
    }
    if (open === '') return index;
  }
  return line.length;
}
