import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(__dirname, '../..');
const page = join(root, 'docs/architecture.md');

interface Rule {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** What the lint rules say, asked of the file that eslint reads. */
const { flow, labFloors, rooms, composed, composedByMain } = JSON.parse(
  execFileSync(
    process.execPath,
    [
      ...['--input-type=module', '--eval'],
      `import * as rules from './eslint.config.mjs'; const { default: _, ...map } = rules; console.log(JSON.stringify(map))`,
    ],
    { cwd: root, encoding: 'utf8' },
  ),
) as {
  readonly flow: Readonly<Record<string, Rule>>;
  readonly labFloors: readonly string[];
  readonly rooms: readonly string[];
  readonly composed: readonly string[];
  readonly composedByMain: readonly string[];
};

const sources = [
  'main.ts',
  ...rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(room, path)),
  ),
].sort();

/** The files that a file imports, types and re-exports included. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'(\.[^']*)'|import\('(\.[^']*)'\)/g)]
    .map(([, named, called]) => normalize(join(dirname(file), named ?? called ?? '')))
    .flatMap((path) => [`${path}.ts`, `${path}/index.ts`, path].find((each) => sources.includes(each)) ?? []);
}

const graph = new Map(sources.map((file) => [file, importsOf(file)]));
const roomOf = (file: string): string => file.split('/')[0] ?? '';

/** Circles in a graph, each as the names along it. */
function circles(of: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(' -> '));
    if (done.has(node) || path.includes(node)) return;
    for (const next of of.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of of.keys()) visit(node, []);
  return found;
}

function arrows(
  nameOf: (file: string) => string | undefined,
  files: readonly string[] = sources,
): Map<string, string[]> {
  const result = new Map<string, Set<string>>();
  for (const file of files)
    for (const other of graph.get(file) ?? []) {
      const [from, to] = [nameOf(file), nameOf(other)];
      if (from === undefined || to === undefined || from === to) continue;
      result.set(from, (result.get(from) ?? new Set()).add(to));
    }
  return new Map([...result].map(([from, to]) => [from, [...to].sort()]));
}

describe('the map of the house', () => {
  test('sees the imports', () => {
    expect(graph.get('main.ts')).toContain('stacks/synthesize.ts');
    expect([...graph.values()].flat().length).toBeGreaterThan(1500);
    expect(circles(new Map([...graph, ['estate/hosts.ts', ['estate/validate.ts']]])).length).toBeGreaterThan(
      0,
    );
  });

  test('has no circle, types included', () => {
    expect(circles(graph)).toEqual([]);
  });

  test('holds no file that tests alone use', () => {
    const entry =
      /^(?:main\.ts|bench\/.*|commands\/.*|programs\/[\w-]+\/main\.ts|stacks\/index\.ts|lab\/network\/relay\.ts)$/u;
    const houses = [...graph].filter(([file]) => roomOf(file) !== 'test');
    const used = new Set(houses.flatMap(([, imports]) => imports));
    const left = houses.map(([file]) => file).filter((file) => !used.has(file) && !entry.test(file));
    expect(left).toEqual([]);
  });

  test('has no arrow upwards: a room imports what its rule names, and rooms form no circle', () => {
    const between = arrows(roomOf);
    const wrong = [...between].flatMap(([from, to]) => {
      const rule = flow[from];
      if (rule === undefined) return [];
      return to
        .filter((room) => ![...rule.values, ...rule.types].includes(room))
        .map((room) => `${from} -> ${room}`);
    });
    expect(wrong).toEqual([]);
    expect(circles(between)).toEqual([]);
    const allowed = Object.entries(flow).map(
      ([room, { values, types }]) => [room, [...values, ...types]] as const,
    );
    expect(circles(new Map(allowed))).toEqual([]);
  });

  test('has nothing that imports what stands on it: the lab, commands, tests, benchmarks', () => {
    const between = [...arrows(roomOf)];
    const importers = (room: string): string[] =>
      between.filter(([, to]) => to.includes(room)).map(([from]) => from);
    for (const [height, room] of composed.entries())
      expect(importers(room).filter((from) => !composed.slice(height + 1).includes(from))).toEqual([]);
    expect(between.find(([from]) => from === 'main.ts')?.[1]).toEqual(composedByMain);
  });

  test('has the floors of the lab in order', () => {
    const floorOf = (file: string): string | undefined => {
      const [room = '', floor = ''] = file.split('/');
      return room === 'lab' && labFloors.includes(floor) ? floor : undefined;
    };
    const up = [...arrows(floorOf)].flatMap(([from, to]) =>
      to
        .filter((floor) => labFloors.indexOf(floor) > labFloors.indexOf(from))
        .map((floor) => `${from} -> ${floor}`),
    );
    expect(up).toEqual([]);
  });

  test('has a rule or a word for each room', () => {
    expect(rooms.filter((room) => flow[room] === undefined).sort()).toEqual([...composed].sort());
    expect(rooms.filter((room) => !existsSync(join(root, room)))).toEqual([]);
  });
});

/** The last column of the table, as the rules have it. */
function mayImport(room: string): string | undefined {
  const rule = room === 'main.ts' ? { values: composedByMain, types: [] } : flow[room];
  const list = (names: readonly string[]): string =>
    [...names]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ');
  if (rule === undefined) {
    if (!composed.includes(room)) return undefined;
    const above = composed.slice(composed.indexOf(room) + 1);
    return above.length === 0 ? 'everything' : `everything but ${list(above)}`;
  }
  const types = rule.types.filter((name) => !rule.values.includes(name));
  const parts = [
    ...(rule.values.length === 0 ? [] : [list(rule.values)]),
    ...(types.length === 0 ? [] : [`types of ${list(types)}`]),
  ];
  return parts.length === 0 ? 'nothing of ours' : parts.join('; ');
}

test('docs/architecture.md prints the rules', () => {
  const text = readFileSync(page, 'utf8');
  const rows = [...text.matchAll(/^\| `(main\.ts|[\w-]+(?=\/))\/?` +\| (.*?) +\| (.*?) +\|$/gmu)];
  const printed = rows.reduce((all, [line, room = '', , last = '']) => {
    const rule = mayImport(room);
    if (rule === undefined || rule === last) return all;
    return all.replace(line, line.replace(/\| [^|]* \|$/u, `| ${rule} |`));
  }, text);
  const isUpdating = process.env['UPDATE_GOLDEN'] === '1';
  if (isUpdating) writeFileSync(page, printed);
  expect(isUpdating ? printed : text).toBe(printed);
  expect(rows.map(([, room]) => room).sort()).toEqual(['main.ts', ...rooms].sort());
});
