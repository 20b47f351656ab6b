import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WoodpeckerSecrets } from '../../../clients/woodpecker/secrets';
import { FakeWoodpecker, type FakeWoodpeckerProps } from '../../support/fake-woodpecker';
import { woodpeckerContract } from '../../support/woodpecker-contract';

const scopes = ['global', { repositoryId: 1 }, { organizationId: 7 }] as const;

describe.each([
  ['as it is now', {}],
  ['that holds no notes', { holdsNotes: false }],
  ['of small pages', { maxPage: 7 }],
] as [string, FakeWoodpeckerProps][])('a server %s', (name, props) => {
  woodpeckerContract(`the fake ${name}`, async () => {
    const fake = await new FakeWoodpecker(props).start();
    return { url: fake.url, token: fake.token, scopes, stop: () => fake.stop() };
  });
});

describe('a list of secrets', () => {
  const fake = new FakeWoodpecker();
  beforeAll(() => fake.start());
  afterAll(() => fake.stop());
  let answer: string;
  beforeEach(() => {
    fake.requests.length = 0;
    fake.intercept = (_, response) => {
      response.writeHead(200).end(answer);
      return true;
    };
  });
  const list = () =>
    new WoodpeckerSecrets({ url: fake.url, token: fake.token, scope: 'global', retries: 0 }).list();

  test('ends where every page is the same one', async () => {
    answer = '[{"id":1,"name":"a","images":null}]';
    expect(await list()).toEqual([{ id: 1, name: 'a', events: [], images: [] }]);
    expect(fake.requests).toHaveLength(2);
  });

  test('ends where every page brings another one', async () => {
    let id = 0;
    fake.intercept = (_, response) => {
      response.writeHead(200).end(`[{"id":${++id},"name":"a","images":null}]`);
      return true;
    };
    await expect(list()).rejects.toThrow('the list of secrets has more than 200 pages; check that');
  });

  test.each([
    ['an object', '{}'],
    ['a list of texts', '["a"]'],
    ['a secret without a name', '[{"id":1}]'],
    ['a number that is no whole one', '[{"id":1.5,"name":"a"}]'],
    ['images of numbers', '[{"id":1,"name":"a","images":[1]}]'],
    ['a page in front of it', '<html>'],
  ])('that is %s is refused', async (_, body) => {
    answer = body;
    await expect(list()).rejects.toMatchObject({ kind: 'malformed' });
  });

  test('that is null is an empty one', async () => {
    answer = 'null';
    expect(await list()).toEqual([]);
  });
});
