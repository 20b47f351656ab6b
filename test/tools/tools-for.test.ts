import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requiredTools, type ServerName } from '../../lab/runs/lab';
import { toolsFor } from '../../lab/runs/tools-for';
import { tools, type ToolName } from '../../lab/programs/tools';

const root = join(__dirname, '../..');

/** The files that the suites of a room are made of; servers of `startLab` are found by their names instead. */
function filesOf(room: string): readonly string[] {
  const folder = join(root, 'test', room);
  const found = new Set<string>();
  const queue = readdirSync(folder).map((file) => join(folder, file));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file) || !existsSync(file) || file.endsWith('lab/runs/lab.ts')) continue;
    found.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g))
      queue.push(join(dirname(file), `${path}.ts`));
  }
  return [...found];
}

/** The tools that the text of a room's suites names: `findTool('x')`, `tool: 'x'`, and servers by `Lab<'x'>`. */
function namedBy(room: string): ReadonlySet<ToolName> {
  const texts = filesOf(room)
    .filter((file) => !/lab\/servers\/(loopback-server|control-plane)\.ts$/.test(file))
    .map((file) => readFileSync(file, 'utf8'));
  const named = texts.flatMap((text) =>
    [...text.matchAll(/(?:findTool\(|tool: )'([^']+)'/g)].map(([, name = '']) => name),
  );
  const servers = texts
    .flatMap((text) => [...text.matchAll(/\bLab<([^>]*)>/g)])
    .flatMap(([, names = '']) => [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name))
    .filter((name): name is ServerName => name in requiredTools);
  return new Set([
    ...named.filter((name): name is ToolName => name in tools),
    ...servers.flatMap((server) => requiredTools[server]),
  ]);
}

describe('the tools to have before tests run', () => {
  it.each(['lab', 'pods'] as const)('of test/%s are all that its suites name', (room) => {
    const named = namedBy(room);
    expect(named.size).toBeGreaterThan(10);
    const have = new Set<ToolName>(toolsFor(room));
    expect([...named].filter((name) => !have.has(name)).sort()).toEqual([]);
  });

  it('of test/lab are those of no pods: they take root and are another room', () => {
    expect(toolsFor('lab')).not.toContain('kube-scheduler');
    expect(toolsFor('pods')).toContain('kube-scheduler');
  });
});
