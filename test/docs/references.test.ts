import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(__dirname, '../..');
const help = join(root, 'test/golden/commands');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort();
const runbooks = [
  'forgejo-registry-setup',
  'forgejo-registry-rebuild-image',
  'registry-vm',
  'deploy-new-app',
].concat(
  'troubleshoot-image-pull',
  'cutover',
  'rollback',
  'retention',
  'token-rotation',
  'adopt',
  'break-glass',
);
const scripts = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
    .scripts,
);
const targets = [...readFileSync(join(root, 'Makefile'), 'utf8').matchAll(/^([a-z]+):/gmu)].map(
  ([, name]) => name,
);

/** What a page's text names of this project and is not there. */
function missing(page: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?\)/gu)].flatMap(
    ([, path = '', anchor]) => {
      const file = join(root, dirname(page), path);
      if (!existsSync(file)) return [`${path}: no such file`];
      const isThere = anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
      return isThere ? [] : [`${path}#${anchor}: no such heading`];
    },
  );
  const commands = [...text.matchAll(/\.\/registry ((?:[a-z][a-z-]*(?: |$|`|\n))+)?([^\n`]*)/gu)].flatMap(
    ([, words = '', rest = '']) => unknown(words.trim().split(/[\s`]+/u), words.includes('`') ? '' : rest),
  );
  const runs = [...text.matchAll(/npm run ([a-z][\w:-]*)/gu)].flatMap(([, name = '']) =>
    scripts.includes(name) ? [] : [`npm run ${name}: no such script`],
  );
  const made = [...text.matchAll(/(?:^ {4}|`)make ([a-z]+)/gmu)].flatMap(([, name = '']) =>
    targets.includes(name) ? [] : [`make ${name}: no such target`],
  );
  return [...links, ...commands, ...runs, ...made];
}

/** A command's verb, verb of a verb, and options, as the goldens of its help have them. */
function unknown(words: readonly string[], rest: string): readonly string[] {
  const [verb = '', second = ''] = words;
  if (verb === '') return [];
  const file = [`${verb}-${second}`, verb]
    .map((name) => join(help, `${name}.txt`))
    .find((path) => existsSync(path));
  if (file === undefined) return [`./registry ${verb}: no such command`];
  const text = readFileSync(file, 'utf8');
  const line = rest.split(/ {2,}#|[|;&]/u)[0] ?? '';
  return [...line.matchAll(/(?<=^| )--[a-z][a-z-]*/gu)].flatMap(([option]) =>
    text.includes(option) ? [] : [`./registry ${words.join(' ')} ${option}: no such option`],
  );
}

/** Headings as the forge makes anchors of them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gmu)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('what documents name', () => {
  test.each(pages)('%s: links, commands, options, scripts and targets are there', (page) => {
    expect(missing(page, readFileSync(join(root, page), 'utf8'))).toEqual([]);
  });

  test.each(runbooks)('the runbook %s is there', (name) => {
    expect(pages).toContain(`docs/runbooks/${name}.md`);
  });

  test('and what is not there is seen', () => {
    const text =
      '[a](no.md) [b](architecture.md#no) `./registry delivr` and `./registry deliver --inti x`\n    make nothing\nnpm run no\n';
    expect(missing('docs/x.md', text)).toEqual([
      'no.md: no such file',
      'architecture.md#no: no such heading',
      './registry delivr: no such command',
      './registry deliver --inti: no such option',
      'npm run no: no such script',
      'make nothing: no such target',
    ]);
  });
});
