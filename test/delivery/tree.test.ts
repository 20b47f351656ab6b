import { expect, test } from '@jest/globals';
import { withTexts } from '../../delivery/tree';
import { memoryTree } from './memory-tree';

test('what is planned next sees folders that come and files that go', () => {
  const tree = withTexts(
    memoryTree({ 'stacks/a/main.tf': 'a', 'stacks/a/old.tf': 'b' }),
    new Map([
      ['stacks/a/old.tf', undefined],
      ['stacks/a/files/new/x.sh', 'x'],
      ['stacks/ab/main.tf', 'y'],
    ]),
  );

  expect(tree.list('stacks/a')).toEqual(['files', 'main.tf']);
  expect(tree.list('stacks/a/files')).toEqual(['new']);
  expect(tree.list('stacks')).toEqual(['a', 'ab']);
  expect([tree.read('stacks/a/old.tf'), tree.read('stacks/a/main.tf')]).toEqual([undefined, 'a']);
});
