import { describe, expect, test } from '@jest/globals';
import { leftovers } from '../../delivery/leftovers';
import { memoryTree } from './memory-tree';

const leftBy = (hcl: string, more: Readonly<Record<string, string>> = {}): readonly string[] => {
  const change = { path: 'stacks/x/main.tf', kind: 'remove', before: hcl, after: undefined } as const;
  const tree = memoryTree({ 'stacks/x/files/a.sh': '#!/bin/sh\n', 'stacks/x/secrets/key': 'k', ...more });
  const { removed, notes } = leftovers(tree, 'stacks/x', [{ ...change, why: '', takesOver: [] }]);
  return [...removed.map(({ path }) => path), ...notes.map((note) => note.split(',')[0] ?? '')];
};

describe('a file that only removed HCL read', () => {
  test.each([
    'file("${path.module}/files/a.sh")',
    'file("${path.root}/files/a.sh")',
    'file("files/a.sh")',
    'file( "./files/a.sh" )',
    'filebase64sha256("files/a.sh")',
    'templatefile("files/a.sh", {})',
    'templatefile("${path.module}/files/a.sh", { a = 1 })',
    'join("/", [path.module, "files/a.sh"])',
    'format("%s/files/a.sh", path.module)',
  ])('goes with %s', (read) => {
    expect(leftBy(`locals {\n  a = ${read}\n}\n`)).toEqual(['stacks/x/files/a.sh']);
  });

  test.each([
    ['a key', 'file("secrets/key")', {}, []],
    ['another stack’s', 'file("../y/a.sh")', { 'stacks/y/a.sh': '' }, []],
    [
      'what another file names',
      'file("files/a.sh")',
      { 'ci.yml': 'run: stacks/x/files/a.sh' },
      ['stacks/x/files/a.sh: the HCL that read it goes'],
    ],
    [
      'a folder',
      'fileset("${path.module}/files", "*.sh")',
      {},
      ['stacks/x/files: nothing in stacks/x reads this folder any more; look whether it can go'],
    ],
    ...[
      'fileset("${path.module}/files", "*.sh")',
      'fileset("${path.module}/files/", "**")',
      'fileset(path.module, "**/*.sh")',
      'fileset(path.module, "files/*")',
      'file("${path.module}/files/${each.key}.sh")',
      'file("${path.module}/${each.value}")',
      'file(format("%s/files/%s", path.module, each.key))',
    ].map((kept): [string, string, Record<string, string>, string[]] => [
      `what kept HCL reads by ${kept}`,
      'file("${path.module}/files/a.sh")',
      { 'stacks/x/kept.tf': `locals {\n  a = ${kept}\n}\n` },
      ['stacks/x/files/a.sh: the HCL that read it goes'],
    ]),
  ])('stays where it is %s', (_, read, more, expected) => {
    expect(leftBy(`locals {\n  a = ${read}\n}\n`, more)).toEqual(expected);
  });
});
