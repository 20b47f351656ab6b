import { afterAll, beforeAll } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTool, type FoundTool } from '../../lab/programs/find-tool';
import { run, type Ran } from '../../terminal/run';
import type { ToolName } from '../../lab/programs/tools';

/** The programs that read what machines receive, and a folder of the test in which they find it. */
export interface FormatReaders<Name extends ToolName> {
  readonly root: string;
  /** Puts a file at a path below the folder; answers where it is. */
  readonly put: (path: string, text: string) => string;
  readonly pathOf: (tool: Name) => string;
  readonly read: (tool: Name, ...args: readonly string[]) => Promise<Ran>;
}

/** Finds the programs before the tests of a suite, and removes the folder after them. */
export function formatReaders<const Name extends ToolName>(names: readonly Name[]): FormatReaders<Name> {
  const root = mkdtempSync(join(tmpdir(), 'format-readers-'));
  const found = new Map<Name, FoundTool>();
  beforeAll(async () => {
    for (const name of names) found.set(name, await findTool(name));
  }, 1_800_000);
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const pathOf = (tool: Name): string => found.get(tool)?.path ?? tool;
  return {
    root,
    pathOf,
    put: (path, text) => {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (tool, ...args) => {
      const { libraries } = found.get(tool) ?? {};
      const env = { ...process.env, ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }) };
      return run(pathOf(tool), args, { cwd: root, env });
    },
  };
}
