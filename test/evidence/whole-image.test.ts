import { expect, it } from '@jest/globals';
import { Semaphore } from '../../clients/concurrency';
import { onceEach } from '../../evidence/whole-image';

const layer = { mediaType: 'layer', digest: `sha256:${'a'.repeat(64)}`, size: 7 };

it('asks once in a repository for what images share, and takes one place among the requests for it', async () => {
  const asked: string[] = [];
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const requests = new Semaphore(2);
  const lookAt = onceEach(requests, async (repository, { size }) => {
    asked.push(`${repository} ${size}`);
    await answered;
  });
  const looks = [lookAt('a', layer, false), lookAt('a', layer, false), lookAt('a', layer, false)];
  let isFree = false;
  const other = requests.run(async () => {
    isFree = true;
    await answered;
  });
  await new Promise(setImmediate);

  expect(isFree).toBe(true);
  answer();
  await Promise.all([...looks, other, lookAt('b', layer, false), lookAt('a', { ...layer, size: 8 }, false)]);
  expect(asked).toEqual(['a 7', 'b 7', 'a 8']);
});

it('asks anew for what was not whole: it may have been sent since', async () => {
  const answers = [Promise.reject(new Error('gone')), Promise.resolve({ size: 7 })];
  const lookAt = onceEach(
    new Semaphore(1),
    () => answers.shift() ?? Promise.reject(new Error('asked again')),
  );

  await expect(lookAt('a', layer, false)).rejects.toThrow('gone');
  await expect(lookAt('a', layer, false)).resolves.toEqual({ size: 7 });
  await expect(lookAt('a', layer, false)).resolves.toEqual({ size: 7 });
});
