import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Semaphore } from '../../../clients/concurrency';
import { RegistryClient } from '../../../clients/oci/client';
import { surveyRepository } from '../../../migration/copy/survey';
import { FakeRegistry } from '../../support/fake-registry';
import { pushImage } from '../../support/push-image';

const sides = { source: new FakeRegistry(), target: new FakeRegistry() };
beforeEach(() => Promise.all(Object.values(sides).map((side) => side.start())));
afterEach(() => Promise.all(Object.values(sides).map((side) => side.stop())));

test('a name that is no tag, and one behind which nothing is, are no tags of a repository', async () => {
  const [from, to] = [sides.source, sides.target].map(({ url }) => new RegistryClient({ url }));
  if (from === undefined || to === undefined) throw new Error('both sides are there');
  const digest = await pushImage(from, 'app', 'one', 'v1');
  const tags = sides.source.repositories.get('app')?.tags;
  for (const name of ['v 2', 'v1 x', '../v1', '']) tags?.set(name, digest);
  tags?.set('dangling', `sha256:${'0'.repeat(64)}`);

  const survey = await surveyRepository({
    ...{ from: { client: from, repository: 'app' }, to: { client: to, repository: 'me/app' } },
    ...{ named: ['v1'], digests: [], newest: 10, requests: new Semaphore(4) },
  });

  expect([survey.tags, survey.source.map(({ tag }) => tag)]).toEqual([['v1'], ['v1']]);
});
