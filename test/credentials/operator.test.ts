import { expect, test } from '@jest/globals';
import { bootstrap } from '../../commands/bootstrap';
import { onboard } from '../../commands/onboard';
import { preflight } from '../../commands/preflight';
import { smoke } from '../../commands/smoke';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';

const estate = estateAt('dual-push');
const ofIt = () => estate;
const verbs = [bootstrap(ofIt), onboard(ofIt), preflight(ofIt), smoke(ofIt)];
const said = (line: string, environment: Record<string, string> = {}): Promise<Called> =>
  call(line.split(' '), { environment, verbs });

test('all that a bootstrap lacks is told at once', async () => {
  const { code, err } = await said('bootstrap plan', { VAULT_ADDR: 'vault.lab' });
  expect([code, err.trim().split('\n')]).toEqual([
    3,
    [
      expect.stringMatching(/^VAULT_ADDR: is no URL, got "vault\.lab"; /),
      expect.stringMatching(/^VAULT_TOKEN: is not set, got none; /),
      expect.stringMatching(/^FORGEJO_ADMIN_USER: is not set, got none; .*--through-pod/),
      expect.stringMatching(/^FORGEJO_ADMIN_PASSWORD: is not set, got none; .*--through-pod/),
      'nothing was changed',
    ],
  ]);
});

test('all that an onboarding lacks is told at once', async () => {
  const { code, err } = await said('onboard fire-planner plan');
  expect([code, err.trim().split('\n')]).toEqual([
    3,
    [
      expect.stringMatching(/^WOODPECKER_TOKEN: is not set/),
      expect.stringMatching(/^FORGEJO_ADMIN_USER: is not set/),
      expect.stringMatching(/^FORGEJO_ADMIN_PASSWORD: is not set/),
      'nothing was changed',
    ],
  ]);
});

const whole = { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'hvs.a' };
test.each<[string, Record<string, string>, RegExp]>([
  [
    'a path, which nobody would be asked at',
    { VAULT_ADDR: 'https://lab/vault' },
    /^VAULT_ADDR: holds a path, got "https:\/\/lab\/vault"; /,
  ],
  ['a namespace with a line end', { VAULT_NAMESPACE: 'team\n' }, /^VAULT_NAMESPACE: .*blanks, line ends/],
  [
    'a login, which is not printed',
    { VAULT_ADDR: 'https://u:canary@lab' },
    /^VAULT_ADDR: holds a login, got "https:\/\/…@lab"; /,
  ],
  ['a login in what is no address of Vault', { VAULT_ADDR: 'ftp://u:canary@lab' }, /^VAULT_ADDR: /],
])('Vault with %s is refused', async (_, environment, told) => {
  for (const verb of ['preflight', 'smoke']) {
    const { code, err } = await said(verb, { ...whole, ...environment });
    expect([code, err]).toEqual([3, expect.stringMatching(told)]);
    expect(err).not.toContain('canary');
  }
});

test('a slash behind the address is none of its path', async () => {
  const { err } = await said('smoke', { ...whole, VAULT_ADDR: 'http://127.0.0.1:1/' });
  expect(err).toMatch(/^vault at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
});

test('a Forgejo below a path, whose registry would be elsewhere, is refused', async () => {
  const { code, err } = await said('preflight --forgejo https://lab.example/forgejo', whole);
  expect([code, err]).toEqual([3, expect.stringContaining('holds a path')]);
});

test('a one-time password with a line end is refused in words', async () => {
  const login = { FORGEJO_ADMIN_USER: 'keeper', FORGEJO_ADMIN_PASSWORD: 'x', FORGEJO_ADMIN_OTP: '123 456' };
  const { err } = await said('bootstrap plan', { ...whole, ...login, FORGEJO_ADMIN_OTP: '123456\n' });
  expect(err).toMatch(/^FORGEJO_ADMIN_OTP: .*blanks, line ends/);
});
