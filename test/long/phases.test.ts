import { afterAll, jest, test } from '@jest/globals';
import { removeTrees } from '../delivery/fixture';
import { statesOf, walk } from '../delivery/walk';
import { estate } from '../../estate';

jest.setTimeout(1_800_000);
afterAll(removeTrees);

test('the estate goes through its phases, its apps cut over one by one, and back, and leaves every byte as it was', async () => {
  await walk(statesOf(estate.apps.slice(1).map((_, index) => index + 1)));
});
