import { expect, test } from '@jest/globals';
import { registryHosts } from '../../rollout/docker-config';
import { judgePullSecrets, observePullSecrets } from '../../credentials/preflight/pull-secrets';
import { estateAt } from '../support/estates';

const estate = estateAt('decommission');
const { forgejo, pullSecret, tokens } = estate;
const { namespace: home } = pullSecret;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secretOf = (config: unknown): Record<string, string> => ({
  '.dockerconfigjson': base64(typeof config === 'string' ? config : JSON.stringify(config)),
});
const paths = new Map([[tokens.pull.vault.path, { [tokens.pull.vault.key]: 'new' }]]);
const user = tokens.pull.owner;
const login = (password: string) => ({ auth: base64(`${user}:${password}`) });
const apart = (password: string) => ({ username: user, password });

/** What is said of the source and of one copy, where the cluster has these. */
async function faults(source: unknown, copy: unknown): Promise<string[]> {
  const namespaces = [
    { metadata: { name: home } },
    { metadata: { name: 'app' } },
    { metadata: { name: 'leaving' }, status: { phase: 'Terminating' } },
  ];
  const secrets = [
    { metadata: { name: pullSecret.name, namespace: home }, data: secretOf(source) },
    { metadata: { name: pullSecret.name, namespace: 'app' }, data: secretOf(copy) },
  ];
  const observed = await observePullSecrets(estate, ({ args }) => {
    const items = args.includes('namespaces') ? namespaces : secrets;
    return Promise.resolve({ code: 0, stdout: JSON.stringify({ items }), stderr: '' });
  });
  return judgePullSecrets(estate, observed, paths).flatMap(({ state, subject }) =>
    state === 'well' ? [] : [subject.split('/')[0] ?? ''],
  );
}

const of = (...logins: unknown[]) => ({
  auths: Object.fromEntries(logins.map((each, at) => [at === 0 ? forgejo.host : `other-${at}`, each])),
});
test.each<[string, unknown, unknown, string[]]>([
  ['the same in both', of(login('new')), of(login('new')), []],
  ['a login apart, as kubectl and people write it', of(apart('new')), of(login('new')), []],
  ['a login apart that is behind, in the copy', of(apart('new')), of(apart('old')), ['app']],
  ['a login apart that is behind, in both', of(apart('old')), of(apart('old')), [home]],
  [
    '`auth` beside a login apart, which it wins over',
    of({ ...apart('old'), ...login('new') }),
    of(login('new')),
    [],
  ],
  ['an empty `auth` beside a login apart', of({ ...apart('new'), auth: '' }), of(login('new')), []],
  ['a registry with no login at all', of(login('new')), of({}), ['app']],
  ['a registry of null', of(login('new')), of(null), ['app']],
  ['a registry more', of(login('new')), of(login('new'), login('x')), ['app']],
  ['a helper in the place of logins', of(login('new')), { credsStore: 'desktop' }, ['app']],
  ['no JSON', of(login('new')), 'auths', ['app']],
  ['null', of(login('new')), 'null', ['app']],
  ['a list', of(login('new')), { auths: [] }, ['app']],
])('%s', async (_, source, copy, behind) => {
  expect(await faults(source, copy)).toEqual(behind);
});

test('one registry that is damaged hides no other', () => {
  expect(registryHosts(secretOf(of(login('x'), null)))).toEqual([forgejo.host]);
});

test.each(['', 'null', '{}', '[]', '{"items":null}', '{"items":[null]}', '{"items":[{}]}', 'Warning: x'])(
  'a cluster that answers %j could not be asked',
  async (stdout) => {
    const run = () => Promise.resolve({ code: 0, stdout, stderr: '' });
    await expect(observePullSecrets(estate, run)).rejects.toThrow(/^kubectl: "get namespaces" answered/);
  },
);
