import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { askCiSecrets } from '../../credentials/preflight/ci-secrets';
import { judgeEvidence, retentionEnforces } from '../../credentials/preflight/evidence';
import { frontDoorQuestions, judgeFrontDoor } from '../../credentials/preflight/front-doors';
import { judgeName, nameQuestions, type NameAnswer } from '../../credentials/preflight/names';
import { judgePullSecrets } from '../../credentials/preflight/pull-secrets';
import { judgeToken, observeToken, type ObservedToken } from '../../credentials/preflight/tokens';
import { judgeVaultKeys } from '../../credentials/preflight/vault-keys';
import { answered, type Finding } from '../../credentials/preflight/finding';
import type { Duty } from '../../estate/tokens';
import type { Run } from '../../rollout/run-command';
import { estateBeforeSmoke } from '../../commands/estate-before-smoke';
import type { Estate } from '../../estate/estate';
import type { Phase } from '../../estate/phases';
import { secondEstate } from '../second-estate';
import { estateAt, withTestEvidence } from '../support/estates';

const estate = estateAt('prepare');
const never = (): never => {
  throw new Error('the estate asks nothing');
};
const told = ({ state, says }: Finding): string => `${state}: ${says}`;

describe('a key of Vault', () => {
  const row = { path: 'viktor', key: 'forgejo_pull_token', by: ['stack kyverno'] };
  const judge = (value: unknown): string => {
    const paths = new Map([['viktor', value === undefined ? {} : { forgejo_pull_token: value }]]);
    return judgeVaultKeys([row], paths, [row]).map(told).join();
  };
  test.each<[unknown, string]>([
    ['secret', 'well: read by stack kyverno'],
    [undefined, 'got none; ./registry bootstrap apply'],
    ['', 'got an empty text; '],
    [7, 'got a number; '],
    [null, 'got null; '],
    [['a'], 'got a list; '],
    [{ a: 1 }, 'got an object; '],
    [true, 'got a boolean; '],
  ])('%j', (value, says) => {
    expect(judge(value)).toContain(says);
  });
  test('of somebody else is set by hand', () => {
    expect(judgeVaultKeys([row], new Map(), []).map(told)).toEqual([
      'fault: is read by stack kyverno and holds no text, got none; vault kv patch -mount=secret viktor forgejo_pull_token=-',
    ]);
  });
});

describe('a token', () => {
  const others = { 'read:user': 403, 'read:repository': 403 };
  const puller: ObservedToken = { login: 200, list: 200, upload: 401, deletion: 403, others };
  const writer: ObservedToken = { login: 200, list: 200, upload: 202, deletion: 404, others };
  test.each<[string, Duty, ObservedToken, readonly Duty[], RegExp]>([
    ['that pulls', 'pull', puller, [], /^well: may pull, no more$/],
    ['that pushes', 'push', writer, [], /^well: may push and delete packages, no more$/],
    ['that is none', 'pull', { ...puller, login: 401, list: 401 }, [], /works, got 401; .*--rotate pull$/],
    [
      'of the owner, where nobody but readers is',
      'pull',
      writer,
      [],
      /may push, got 202, may delete, got 404/,
    ],
    ['of a stranger who would push', 'push', puller, [], /may not push to "viktor", got 401, may not delete/],
    [
      'without a scope',
      'delete',
      { ...writer, list: 403 },
      [],
      /may not list the packages of "viktor", got 403; \.\/registry bootstrap plan$/,
    ],
    [
      'of everything',
      'push',
      { ...writer, others: { 'read:user': 200 } },
      [],
      /reaches what "read:user" guards/,
    ],
    ['of two duties', 'delete', writer, ['push'], /is the token of "push" too/],
  ])('%s', (_, duty, observed, shared, says) => {
    expect(told(judgeToken(estate, duty, observed, shared))).toMatch(says);
  });
  test.each<[string, number, Record<string, string>, RegExp]>([
    ['is too busy', 429, { 'retry-after': '0' }, /refused, got 429/],
    ['leads elsewhere', 307, { location: '/elsewhere' }, /redirected a request that changes something/],
    ['starts an upload nowhere', 202, { location: 'http://[' }, /"upload":202/],
  ])('is not judged by what a server says that %s', async (_, status, headers, told) => {
    const server = createServer((request, response) => {
      const isFirst = request.url !== '/elsewhere';
      response.writeHead(isFirst ? status : 401, isFirst ? headers : {}).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const observed = await observeToken(url, estate, 'pull', 'f00d').then(JSON.stringify, String);
    await new Promise((resolve) => server.close(resolve));
    expect(observed).toMatch(told);
  });
});

describe('a login that is refused', () => {
  const server = createServer((_, response) => response.writeHead(401).end());
  let url = '';
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  test('for the line end with which somebody stored it is a fault of the token', async () => {
    const observed = await observeToken(url, estate, 'pull', `${'f00d'.repeat(10)}\n`);
    expect(told(judgeToken(estate, 'pull', observed, []))).toMatch(/^fault: .* got 401; .*--rotate pull$/);
  });
  test.each(['expired', 'with a line end\n'])(
    'at the CI is a fault, with where it is kept: %j',
    async (token) => {
      const key = { path: 'ci/global', key: 'api_token' };
      const [found] = await answered('ci secret', 'the CI', () => askCiSecrets(url, token, key, []));
      expect(found && told(found)).toMatch(
        /^fault: GET \S+: .*; put an administrator's token into Vault at ci\/global, key api_token$/,
      );
    },
  );
});

describe('pull Secrets', () => {
  const login = 'cluster-puller:new';
  const paths = new Map([
    ['viktor', { forgejo_pull_token: 'new', registry_user: 'reader', registry_password: 'word' }],
  ]);
  const legacy = ['registry.viktorbarzin.me', 'registry.viktorbarzin.me:5050', '10.0.20.10:5050'];
  const logins = (forgejo: string): ReadonlyMap<string, string> =>
    new Map([...legacy.map((host) => [host, 'reader:word'] as const), [estate.forgejo.host, forgejo]]);
  const judge = (copies: Record<string, ReadonlyMap<string, string> | undefined>): string[] =>
    judgePullSecrets(estate, new Map(Object.entries(copies)), paths)
      .filter(({ state }) => state !== 'well')
      .map(({ subject, says }) => `${subject} ${says}`);

  test('that are one', () => {
    expect(judge({ kyverno: logins(login), app: logins(login), 'kube-system': undefined })).toEqual([]);
  });
  test('a copy that is behind is named, with what renews it', () => {
    expect(judge({ kyverno: logins(login), app: logins('cluster-puller:old') })).toEqual([
      'app/registry-credentials differs from its source, got other logins of "forgejo.viktorbarzin.me"; kubectl label namespace app renew-pull-secret=now && kubectl label namespace app renew-pull-secret-',
    ]);
  });
  test('a namespace without one', () => {
    expect(judge({ kyverno: logins(login), app: undefined })).toEqual([
      expect.stringMatching(/^app.* has no login at all/),
    ]);
  });
  test('a source that is behind Vault, and says nothing secret', () => {
    const old = logins('cluster-puller:old');
    expect(judge({ kyverno: old, app: old })).toEqual([
      expect.stringContaining('differs from Vault, got other logins of "forgejo.viktorbarzin.me"; apply'),
    ]);
  });
  test('a login that nobody asked for', () => {
    const more = new Map([...logins(login), ['ghcr.io', 'x']]);
    expect(judge({ kyverno: more })).toEqual([expect.stringContaining('other logins of "ghcr.io"')]);
  });
  test('of Terraform are compared with Vault one by one', () => {
    const { pull } = secondEstate.tokens;
    const { user, password } = secondEstate.legacyRegistry.credential;
    const values = new Map<string, Record<string, string>>([
      [pull.vault.path, { [pull.vault.key]: 'new' }],
      [user.path, { [user.key]: 'reader', [password.key]: 'word' }],
    ]);
    const whole = new Map([
      [secondEstate.forgejo.host, `${pull.owner}:new`],
      [secondEstate.legacyRegistry.host, 'reader:word'],
    ]);
    const { pullSecret } = secondEstate;
    const [first = '', ...others] = pullSecret.copiedBy === 'terraform' ? pullSecret.namespaces : [];
    const found = judgePullSecrets(secondEstate, new Map([[first, whole]]), values);
    expect(found.map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      `${first}/${pullSecret.name} well`,
      ...others.map((namespace) => `${namespace}/${pullSecret.name} fault`),
    ]);
  });
});

describe('names', () => {
  const [question = never()] = nameQuestions(estate).filter(({ resolver }) => resolver === 'pfsense');
  test('are asked of every server that a class has, and what only pods can ask is only named', () => {
    expect(
      nameQuestions(estate).map(({ resolver, name, expected }) => `${resolver} ${name} ${expected ?? '-'}`),
    ).toMatchInlineSnapshot(`
      [
        "pfsense forgejo.viktorbarzin.me 10.0.20.200",
        "coredns forgejo.viktorbarzin.me traefik.traefik.svc.cluster.local",
        "pfsense registry-vm.viktorbarzin.me 10.0.20.10",
      ]
    `);
    expect(nameQuestions(secondEstate).map(({ resolver }) => resolver)).toContain('cloud');
  });
  test.each<[NameAnswer | undefined, RegExp]>([
    [{ addresses: ['10.0.20.200'] }, /^well: is 10\.0\.20\.200, for kubelet/],
    [
      { addresses: ['176.12.22.76'] },
      /^fault: leads .* astray, got 176\.12\.22\.76, expected 10\.0\.20\.200/,
    ],
    [{ addresses: ['10.0.20.200', '176.12.22.76'] }, /^fault: /],
    [{ addresses: [] }, /^fault: /],
    [{ why: 'ENOTFOUND' }, /^fault: leads .* nowhere, got ENOTFOUND/],
    [{ why: 'ETIMEOUT' }, /^unasked: does not answer here/],
    [undefined, /^elsewhere: /],
  ])('%j', (answer, says) => {
    expect(told(judgeName(question, answer))).toMatch(says);
  });
});

describe('front doors', () => {
  const [question = never()] = frontDoorQuestions(estate);
  const challenge = (host: string): string => `Bearer realm="https://${host}/v2/token",service="x",scope="*"`;
  test.each<[Parameters<typeof judgeFrontDoor>[1], RegExp]>([
    [{ status: 401, challenge: challenge(estate.forgejo.host) }, /^well: asks kubelet/],
    [{ status: 401, challenge: challenge('elsewhere.example') }, /^fault: .*got "elsewhere\.example"/],
    [{ status: 401, challenge: 'Basic realm="x"' }, /^fault: .*got "none"/],
    [{ status: 404, challenge: '' }, /^fault: is no registry that asks for a login, got 404/],
    [{ status: 200, challenge: '' }, /^fault: /],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /^fault: is not that host's/],
    ['ETIMEDOUT', /^unasked: /],
    [undefined, /^elsewhere: /],
  ])('%j', (answer, says) => {
    expect(told(judgeFrontDoor(question, answer))).toMatch(says);
  });
});

test('evidence is of the last month, not of tomorrow, and about this estate', () => {
  const judge = (subject: Estate, day: string): string =>
    judgeEvidence(subject, Date.parse(day)).map(told).join();
  const measured = estateAt('dual-push');
  expect(judgeEvidence(estate, 0)).toEqual([]);
  expect(judge(measured, '2026-01-31')).toBe('well: measured 30 d ago');
  expect(judge(measured, '2026-02-01')).toBe('fault: too old, got 31 d of at most 30; ./registry smoke');
  expect(judge(measured, '2025-12-31')).toBe(
    'fault: in the future, got 2026-01-01T00:00:00Z; ./registry smoke',
  );
  // Where nobody pushes, the bake begins with it, and would begin again.
  const withoutProjects = withTestEvidence({ ...measured, projects: [] });
  expect(judge(withoutProjects, '2026-02-01')).toBe('well: measured 31 d ago');
  expect(judge({ ...measured, evidence: [] }, '2026-01-02')).toMatch(/^fault: missing; .*smoke$/);
  // Nobody can see a push to a registry that is gone, and one seen anew would begin the bake again.
  const stale = (phase: Phase, fresh: string, day = '2026-03-01'): string[] => {
    const old = estateAt(phase);
    const evidence = old.evidence.map((each) =>
      each.claim === fresh ? { ...each, measuredAt: '2026-02-20T00:00:00Z' } : each,
    );
    const found = judgeEvidence({ ...old, evidence }, Date.parse(day));
    return [
      ...new Set(
        found.filter(({ state }) => state === 'fault').map((each) => each.subject.split('/')[0] ?? ''),
      ),
    ];
  };
  expect(stale('bake', 'nothing')).toEqual(['smoke']);
  expect(stale('cutover', 'nothing')).toEqual(['smoke', 'image-present', 'bake-complete']);
  expect(stale('cutover', 'bake-complete')).toEqual(['smoke', 'image-present']);
  expect(stale('decommission', 'legacy-unused')).toEqual(['smoke']);
  expect(stale('decommission', 'smoke')).toEqual(['legacy-unused']);
  // Measured once more behind the claim that is built on it.
  expect(stale('decommission', 'bake-complete', '2026-04-01')).toEqual(['smoke', 'legacy-unused']);
  const renamed = { ...measured, pullSecret: { ...measured.pullSecret, name: 'other' } };
  expect(judge(renamed, '2026-01-02')).toMatch(/^fault: about other facts; .*smoke$/);
});

test('what retention was seen to do is of the last month until it deletes, and cannot be seen any more then', async () => {
  const observing = estate;
  const enforcing = withTestEvidence({
    ...estate,
    retention: { ...estate.retention, mode: 'enforce' as const },
  });
  const answers = (maps: readonly unknown[]): Run => {
    const items = maps.map((data, at) => ({ metadata: { name: `map-${at}` }, data }));
    return () => Promise.resolve({ code: 0, stdout: JSON.stringify({ items }), stderr: '' });
  };
  const judge = async (run: Run): Promise<string> =>
    judgeEvidence(enforcing, Date.parse('2026-03-01'), await retentionEnforces(enforcing, run))
      .map(told)
      .join();
  const old = 'fault: too old, got 59 d of at most 30; ./registry evidence collect retention';
  const deletes = { 'config.json': '{"mode":"enforce"}' };
  expect(await judge(answers([{ 'app.ini': '' }, deletes]))).toBe('well: measured 59 d ago');
  for (const maps of [
    [],
    [null],
    [{ 'config.json': 'null' }, { 'config.json': '{' }, { 'config.json': '{"mode":"observe"}' }],
    [{ 'cleanup.sh': 'MODE=enforce' }],
  ])
    expect(await judge(answers(maps))).toContain(old);
  expect(await retentionEnforces(observing, answers([deletes]))).toBe(false);
  const refused: Run = () => Promise.resolve({ code: 1, stdout: '', stderr: 'Forbidden' });
  await expect(retentionEnforces(enforcing, refused)).rejects.toThrow('get configmaps');
});

test('what leads to the smoke test may run before it, and all else must hold', () => {
  const unproven = { ...estateAt('dual-push'), evidence: [] };
  expect(estateBeforeSmoke(unproven)).toBe(unproven);
  expect(() => estateBeforeSmoke({ ...estateAt('bake'), evidence: [] })).toThrow(/"dual-push\//);
});
