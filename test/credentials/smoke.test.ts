import { expect, test } from '@jest/globals';
import { smoke, type SmokePart } from '../../credentials/smoke';
import { pullLogins } from '../../estate/derived/pull-secret';
import type { Run } from '../../rollout/run-command';
import { secondEstate } from '../second-estate';
import { FakeForgejo } from '../support/fake-forgejo';

const { forgejo, tokens } = secondEstate;
const pulled = { reason: 'Pulled', message: 'pulled it' };
const failed = { reason: 'Failed', message: 'Failed to pull image: 401 Unauthorized' };

/** What kubectl says in a namespace that stays, with events of an earlier pod of the same name. */
function clusterWith(earlier: object, ofThisPod: object): Run {
  const auth = Buffer.from('a:b').toString('base64');
  const auths = Object.fromEntries(pullLogins(secondEstate).map(({ host }) => [host, { auth }]));
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  const lists: Readonly<Record<string, readonly object[]>> = {
    secrets: [{ data }],
    serviceaccounts: [{}],
    jobs: [{ status: { conditions: [{ type: 'Complete', status: 'True' }] } }],
  };
  let looks = 0;
  return ({ args }) => {
    const kind = args[args.indexOf('get') + 1] ?? '';
    const ofUid = /involvedObject\.uid=([\w-]+)/.exec(args.join(' '))?.[1];
    // A node tells what became of a pull some time after the pod is there.
    if (kind === 'events') looks += 1;
    const events = [
      ...(ofUid === undefined ? [earlier] : []),
      ...(looks > 1 && (ofUid === undefined || ofUid === 'this') ? [ofThisPod] : []),
    ];
    const isGet = args.includes('get');
    const items = kind === 'events' ? events : (lists[kind] ?? []);
    const printed = args.includes('create') && args.includes('-o') ? 'this' : 'whole';
    return Promise.resolve({ code: 0, stdout: isGet ? JSON.stringify({ items }) : printed, stderr: '' });
  };
}

async function smokeIn(run: Run): Promise<readonly SmokePart[]> {
  const forge = await new FakeForgejo({ owner: forgejo.packages.owner }).start();
  forge.tokens.set('pull', tokens.pull.owner).set('push', forge.owner).set('delete', forge.owner);
  forge.intercept = ({ headers, url = '' }, response) => {
    const isOwn = url === '/v2/' && headers.authorization !== undefined;
    if (url === '/api/v1/version' || isOwn) response.end('{"version":"11.0.1"}');
    return url === '/api/v1/version' || isOwn;
  };
  const values = { pull: 'pull', push: 'push', delete: 'delete' };
  const props = { estate: secondEstate, url: forge.url, tokens: values, run, tell: () => undefined };
  try {
    return await smoke(props);
  } finally {
    await forge.stop();
  }
}

test('what an earlier pod of its name was told is no pull of this one', async () => {
  const parts = await smokeIn(clusterWith(pulled, failed));
  expect(parts.filter(({ passed }) => !passed)).toEqual([
    { name: 'pull', passed: false, saw: expect.stringContaining('could not pull, got "Failed to pull') },
  ]);
});

test('a pull that failed once does not keep the next test from passing', async () => {
  const parts = await smokeIn(clusterWith(failed, pulled));
  expect(parts.filter(({ passed }) => !passed)).toEqual([]);
  expect(parts.find(({ name }) => name === 'pull')?.saw).toBe('pulled it');
});
