import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { secondEstate } from '../second-estate';
import { call } from '../support/call';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const text = read('docs/make-it-yours.md');
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('make-it-yours.md', () => {
  const words = [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word);

  test('leads to files that are there', () => {
    const paths = [
      ...[...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => join('docs', link)),
      ...words.filter((word) => /^[\w-]+\/[\w./-]*$/.test(word)),
      ...[...text.matchAll(/^\| (`.*?`) +\|/gmu)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`(.*?)`/g)].map(([, file = '']) => join('estate', file)),
      ),
    ];
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('goes through every file of facts', () => {
    const index = read('estate/index.ts');
    const imported = [...index.matchAll(/^import (?!type).* from '\.\/([\w-]+)'/gm)].map(
      ([, name = '']) => name,
    );
    expect(imported.length).toBeGreaterThan(15);
    expect(
      imported.filter((name) => !['evidence'].includes(name) && !text.includes(`\`${name}.ts\``)),
    ).toEqual([]);
  });

  test('types commands that are there', async () => {
    const commands = [...text.matchAll(/^    (\S.*)$/gm)].map(([, line = '']) => line);
    const known = await Promise.all(
      commands.map(async (line) => {
        const [program = '', ...args] = line
          .replace(/^UPDATE_GOLDEN=1 /, '')
          .replace(/ +#.*$/, '')
          .split(' ');
        const [first = ''] = args;
        if (program === 'make') return new RegExp(`^${first}:`, 'm').test(read('Makefile'));
        if (program === 'npm') return (args[0] === 'run' ? (args[1] ?? '') : first) in manifest.scripts;
        if (program === './registry') return (await call([first, '--help'])).code === 0;
        return program === 'npx' && existsSync(join(root, 'node_modules/.bin', first));
      }),
    );
    expect(commands.filter((_, index) => known[index] !== true)).toEqual([]);
    expect(
      words.filter((word) => word.startsWith('npm run ')).map((word) => word.slice(8) in manifest.scripts),
    ).toEqual(words.filter((word) => word.startsWith('npm run ')).map(() => true));
  });

  test('names fields and choices that an estate has', () => {
    const fields = words.flatMap((word) => /^(\w+): '([\w-]+)'$/.exec(word)?.slice(1, 3) ?? []);
    const facts = ['forgejo', 'legacy-registry', 'name-resolution', 'pull-secret', 'stacks']
      .map((name) => read(`estate/${name}.ts`))
      .join('');
    expect(fields.length).toBeGreaterThan(8);
    expect(fields.filter((word) => !facts.includes(word))).toEqual([]);
    expect(Object.keys(secondEstate)).not.toContain('registryVm');
  });
});
