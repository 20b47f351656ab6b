import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { substitute, substitutedNames } from '../../pipelines/substitution';
import { hostile, namedByPeople } from '../support/hostile';
import { isWoodpecker, isWorkflow, renderedForCi } from '../support/pipelines';

const files = renderedForCi();
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';

describe.each(files.filter(isWoodpecker))('$name', ({ text }) => {
  test.each(hostile)('is the same pipeline with %j for every name', (value) => {
    const values = Object.fromEntries(namedByPeople.map((name) => [name, value]));

    expect(parse(substitute(text, { ...values, CI_COMMIT_SHA: sha }))).toEqual(
      parse(substitute(text, { CI_COMMIT_SHA: sha })),
    );
  });

  test('has nothing substituted but what is hexadecimal', () => {
    expect(substitutedNames(text).filter((name) => name !== 'CI_COMMIT_SHA')).toEqual([]);
  });
});

describe.each(files.filter(isWorkflow))('$name', ({ text }) => {
  test('has an expression for a secret alone, and in the environment alone', () => {
    const outside = text
      .split('\n')
      .filter((line) => !/^\s+[A-Z_]+: \$\{\{ secrets\.[A-Z_]+ \}\}$/.test(line));

    expect(outside.join('\n')).not.toContain('${{');
  });

  test('starts at nothing that a stranger can do', () => {
    expect(Object.keys((parse(text) as { on: object }).on)).toEqual(['push']);
  });
});

test('there are pipelines of every kind to try', () => {
  const kinds = [
    'build-and-deploy',
    'build-fallback',
    'deploy.yml',
    'registry-stacks',
    'registry-drift',
    'sync',
    'build-ci-image',
  ];

  for (const kind of kinds) expect(files.map(({ path }) => path).join('\n')).toContain(kind);
});
