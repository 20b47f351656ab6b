import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findPresentTool, findTool, ToolUnavailable, toolVariable } from '../../lab/programs/find-tool';

const program = (path: string, output: string): string => {
  writeFileSync(path, `#!/bin/sh\necho '${output}'\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('finding a tool', () => {
  const before = { ...process.env };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'find-tool-'));
    process.env['PATH'] = `${folder}${delimiter}/usr/bin${delimiter}/bin`;
    delete process.env['LAB_TOOL_KUBECTL'];
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true });
  });

  it('a program on PATH that prints its version is taken', async () => {
    const path = program(join(folder, 'etcd'), 'etcd Version: 3.5.1');
    expect(await findPresentTool('etcd')).toEqual({ name: 'etcd', path, version: '3.5.1', from: 'PATH' });
  });

  it('a program of the same name that prints something else is passed over for the next on PATH', async () => {
    program(join(folder, 'kubectl'), 'Client Version: v1.32.4-dispatcher');
    mkdirSync(join(folder, 'later'));
    const path = program(join(folder, 'later/kubectl'), 'Client Version: v1.34.2');
    process.env['PATH'] = [folder, join(folder, 'later'), '/bin'].join(delimiter);
    expect(await findPresentTool('kubectl')).toMatchObject({ path, version: '1.34.2' });
  });

  it('the variable goes before PATH', async () => {
    expect(toolVariable('kubectl')).toBe('LAB_TOOL_KUBECTL');
    program(join(folder, 'kubectl'), 'Client Version: v1.30.0');
    const path = program(join(folder, 'mine'), 'Client Version: v1.34.2');
    process.env['LAB_TOOL_KUBECTL'] = path;
    expect(await findPresentTool('kubectl')).toMatchObject({ path, from: 'variable' });
  });

  it('a variable that names something else is an error, never passed over', async () => {
    process.env['LAB_TOOL_KUBECTL'] = program(join(folder, 'mine'), 'hello');
    await expect(findPresentTool('kubectl')).rejects.toThrow(
      `kubectl: LAB_TOOL_KUBECTL names a program that does not print a version of kubectl, got "${folder}/mine"`,
    );
  });

  it('a program that no registry has is unavailable, with what to do', async () => {
    process.env['PATH'] = folder;
    const found = findTool('forgejo');
    await expect(found).rejects.toThrow(ToolUnavailable);
    await expect(found).rejects.toThrow('put "forgejo" on PATH or set LAB_TOOL_FORGEJO');
  });
});
