import { expect, test } from '@jest/globals';
import { desiredCredentials } from '../../credentials/of-estate';
import { estate } from '../../estate';
import { secondEstate } from '../second-estate';

test("a user's packages: the person pushes and deletes, a robot pulls", () => {
  const { accounts, organization, tokens } = desiredCredentials(estate);
  expect(accounts).toEqual([
    { name: 'viktor', email: 'viktor@viktorbarzin.me', kind: 'person' },
    { name: 'cluster-puller', email: 'cluster-puller@viktorbarzin.me', kind: 'robot' },
  ]);
  expect(organization).toBeUndefined();
  expect(tokens.map(({ name, account, scopes }) => [name, account, ...scopes])).toEqual([
    ['pull', 'cluster-puller', 'read:package'],
    ['push', 'viktor', 'write:package'],
    ['delete', 'viktor', 'write:package'],
  ]);
});

test("an organization's packages: a robot for each duty, in the team that may do it", () => {
  const { accounts, organization, tokens } = desiredCredentials(secondEstate);
  expect(accounts.map(({ name, kind }) => [name, kind])).toEqual([
    ['releaser', 'robot'],
    ['sweeper', 'robot'],
    ['puller', 'robot'],
  ]);
  expect(organization).toEqual({
    name: 'acme',
    teams: [
      { name: 'package-readers', packages: 'read', members: ['puller'] },
      { name: 'package-writers', packages: 'write', members: ['releaser', 'sweeper'] },
    ],
  });
  expect(tokens.map(({ vault }) => vault)).toEqual(
    (['pull', 'push', 'delete'] as const).map((duty) => secondEstate.tokens[duty].vault),
  );
});

test('an account that the estate spells in two ways is one account', () => {
  const { tokens } = estate;
  const spelled = { ...estate, tokens: { ...tokens, push: { ...tokens.push, owner: 'Viktor' } } };
  expect(desiredCredentials(spelled).accounts).toHaveLength(2);
});
