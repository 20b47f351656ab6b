import { afterAll, expect, test } from '@jest/globals';
import { dirtyPaths } from '../../delivery/git';
import { commit, git, makeTree, put, removeTrees } from './fixture';

afterAll(removeTrees);

const as = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];

test('every way in which a path can differ from the last commit is told with what that commit holds', () => {
  const held = ['edited', 'gone', 'two words', 'a\nline', 'out of the index', 'both changed', 'crlf.txt'];
  const root = makeTree({ '.gitattributes': '*.txt text eol=crlf\n' });
  for (const name of held) put(root, `odd/${name}`, `${name}, old\n`);
  commit(root, 'old');
  git(root, 'switch', '--quiet', '-c', 'theirs');
  put(root, 'odd/both changed', 'theirs\n');
  commit(root, 'theirs');
  git(root, 'switch', '--quiet', 'master');
  put(root, 'odd/both changed', 'ours\n');
  commit(root, 'ours');
  expect(() => git(root, ...as, 'merge', '--quiet', 'theirs')).toThrow();
  for (const name of held.filter((each) => !/gone|both|index/u.test(each))) put(root, `odd/${name}`, 'new\n');
  put(root, 'odd/gone', null);
  git(root, 'rm', '--quiet', '--cached', 'odd/out of the index');
  put(root, 'odd/untracked', 'new\n');
  put(root, 'odd/to be added', 'new\n');
  git(root, 'add', '--intent-to-add', 'odd/to be added');

  const expected = {
    ...Object.fromEntries(held.map((name) => [name, `${name}, old\n`])),
    'both changed': 'ours\n',
    'crlf.txt': 'crlf.txt, old\r\n',
    untracked: undefined,
    'to be added': undefined,
  };
  const found = (folder: string, prefix: string): object =>
    Object.fromEntries(
      dirtyPaths(`${root}/${folder}`).map(({ path, committed }) => [path.slice(prefix.length), committed]),
    );
  expect(found('.', 'odd/')).toEqual(expected);
  expect(found('odd', '')).toEqual(expected);
});
