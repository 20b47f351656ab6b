import { expect, it } from '@jest/globals';
import { Semaphore } from '../../clients/concurrency';

it('a place given back twice is one place', async () => {
  const places = new Semaphore(1);
  const release = await places.acquire();
  release();
  release();
  await places.acquire();
  let second = false;
  void places.acquire().then(() => (second = true));
  await new Promise(setImmediate);

  expect(second).toBe(false);
});
