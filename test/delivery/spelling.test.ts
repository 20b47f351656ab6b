import { expect, test } from '@jest/globals';
import { spellingsIn } from '../../delivery/spelling';

const image = (name: string, ...spellings: readonly string[]): Parameters<typeof spellingsIn>[1][number] => ({
  name,
  repository: `new.example/${name}`,
  spellings,
});
const read = (text: string, ...images: Parameters<typeof spellingsIn>[1]): readonly string[] =>
  spellingsIn(text, images).map(
    ({ image: { name }, start, end, tag }) => `${name} ${text.slice(start, end)} ${tag ?? ''}`,
  );

test('of two names of one place the longest is read, whichever image comes first', () => {
  const short = image('app', 'old.example/app');
  const long = image('side', 'mirror.example/old.example/app');

  for (const images of [
    [short, long],
    [long, short],
  ])
    expect(read('mirror.example/old.example/app:v1', ...images)).toEqual([
      'side mirror.example/old.example/app v1',
    ]);
  expect(read('old.example/app:v1', long, short)).toEqual(['app old.example/app v1']);
});

test('of an image that is spelled twice each place is read, in the order of the text', () => {
  const both = image('app', 'acme/app', 'old.example/app');

  expect(read('a = "old.example/app:v2", b = "acme/app:v1"', both)).toEqual([
    'app old.example/app v2',
    'app acme/app v1',
  ]);
});
