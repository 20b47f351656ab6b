import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { substitute, substitutedNames } from '../../pipelines/substitution';
import { printPipeline } from '../../pipelines/woodpecker-pipeline';

const values = { SHA: '8f3c0a1d99', BRANCH: 'main', MESSAGE: 'one\ntwo "three"', EMPTY: '', CITY: 'Zürich' };

// Each row is what the documentation of Woodpecker says of the text, or follows from it; a server 3.17 says the same of each.
test.each([
  ['a name in braces is its value', '${SHA}', '8f3c0a1d99'],
  ['a part by position and length', '${SHA:0:8}', '8f3c0a1d'],
  ['a part to the end', '${SHA:8}', '99'],
  ['what is unknown is nothing', 'a${NONE}b', 'ab'],
  ['what is empty is nothing', 'a${EMPTY}b', 'ab'],
  ['a second dollar keeps the expression for the shell', '$${SHA}', '${SHA}'],
  ['a third dollar is substituted behind the first two', '$$${SHA}', '$8f3c0a1d99'],
  ['four keep it again', '$$$${SHA}', '$${SHA}'],
  ['two dollars are one anywhere', 'kill $$; echo $$$', 'kill $; echo $$'],
  ['a backslash before another or before a slash goes', String.raw`a\\b \/c \d`, String.raw`a\b /c \d`],
  ["a bare name is the shell's", '$SHA "$BRANCH"', '$SHA "$BRANCH"'],
  ["a command substitution is the shell's", '$(date)', '$(date)'],
  ['several lines are quoted', 'm: ${MESSAGE}', 'm: "one\\ntwo \\"three\\""'],
  ['of several lines a part is one of the quoted text', 'm: ${MESSAGE:0:5}', 'm: "one\\'],
  ['a part counts bytes', '${CITY:0:3}|${CITY:3}', 'Zü|rich'],
  ['comments are no exception', '# ${BRANCH}', '# main'],
  ['two stand side by side', '${BRANCH}:${SHA}', 'main:8f3c0a1d99'],
  ['names that every object has are no values', '${constructor}', ''],
])('%s: %s', (_, text, expected) => {
  expect(substitute(text, values)).toBe(expected);
});

test('a value that is put in unescaped may become YAML', () => {
  const text = substitute("a: '${TITLE}'", { TITLE: "x', b: 'y" });

  expect(() => parse(text) as unknown).toThrow();
  expect(parse(substitute('{a: ${TITLE}}', { TITLE: 'x, b: y' }))).toEqual({ a: 'x', b: 'y' });
});

test('names every expression but those kept for the shell, and operators that it does not know whole', () => {
  expect(substitutedNames('${B} $${C} $D ${A:0:8} ${E:-x} ${F##v}')).toEqual([
    ...['${E:-x}', '${F##v}', 'A', 'B'],
  ]);
  expect(substitutedNames('$$${B} $$$${C}')).toEqual(['B']);
});

test('a pipeline that would lose a backslash is refused as one that would gain a value', () => {
  const when = [{ event: 'push' }] as const;
  const print = (command: string): string =>
    printPipeline('.woodpecker/x.yml', { when, steps: [{ name: 'x', image: 'x', commands: [command] }] });
  for (const command of [String.raw`grep 'a\\b'`, String.raw`sed 's/a\/b/c/'`, 'echo $$${CI_COMMIT_MESSAGE}'])
    expect(() => print(command)).toThrow('Woodpecker would substitute before it parses');
  expect(print(String.raw`printf 'a\n'`)).toContain(String.raw`printf 'a\n'`);
});
