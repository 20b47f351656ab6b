import { describe, expect, test } from '@jest/globals';
import { machinesOf, nodes } from '../../commands/nodes';
import type { VaultAccess } from '../../rollout/vault';
import { answering } from '../rollout/fixture';
import { estateAt } from '../support/estates';

const refused = async (
  args: readonly string[],
  answers: Parameters<typeof answering>[0] = {},
  vault: VaultAccess = {},
): Promise<string> => {
  let printed = '';
  const code = await nodes({
    ...machinesOf(estateAt('prepare')),
    args,
    vault,
    run: answering(answers),
    lease: { host: 'laptop', pid: 1, now: () => new Date(0), isRunning: () => false },
    signal: new AbortController().signal,
    out: () => undefined,
    err: (text) => (printed += text),
  });
  expect(code).toBe(1);
  return printed;
};

describe('npm run nodes refuses', () => {
  test.each<[string, readonly string[], string]>([
    ['no verb', [], 'nodes: one of "plan" and "apply" is expected, got ""; usage: npm run nodes'],
    ['another verb', ['destroy'], 'nodes: one of "plan" and "apply" is expected, got "destroy"; usage'],
    ['a node without --only', ['plan', 'k8s-node1'], 'got "plan k8s-node1"'],
    ['an unknown option', ['plan', '--force'], `nodes: wrong arguments, got "Unknown option '--force'`],
    [
      'a drain without time',
      ['apply', '--drain-timeout', '0'],
      '--drain-timeout: is no number of seconds, got "0"',
    ],
    [
      'a drain of ten minutes',
      ['apply', '--drain-timeout', '10m'],
      '--drain-timeout: is no number of seconds, got "10m"',
    ],
    [
      'the registry VM among nodes',
      ['plan', '--only', 'registry-vm', '--only', 'k8s-node1'],
      '--only: the registry VM goes alone, got "registry-vm", "k8s-node1"',
    ],
  ])('%s', async (_, args, fault) => {
    expect(await refused(args)).toContain(fault);
  });

  test('a machine without kubectl or ssh', async () => {
    const enoent = { code: 127, stderr: 'spawn kubectl ENOENT' };
    expect(await refused(['plan'], { kubectl: enoent })).toContain(
      'kubectl: is not on PATH, got "spawn kubectl ENOENT"',
    );
  });

  test('an account that may not read the cluster', async () => {
    const forbidden = { code: 1, stderr: 'Error from server (Forbidden): secrets is forbidden' };
    expect(await refused(['plan'], { 'get secret': forbidden })).toContain(
      '; use a kubeconfig of an administrator',
    );
  });

  test('to write secrets that it cannot have', async () => {
    const vm = ['plan', '--only', 'registry-vm'];
    expect(await refused(vm)).toContain(
      'vault: VAULT_ADDR is not set, got none; log in with vault and export both',
    );
    expect(await refused(vm, {}, { address: 'http://127.0.0.1' })).toContain('vault: VAULT_TOKEN is not set');
    expect(await refused(vm, {}, { address: 'http://127.0.0.1:9', token: 't' })).toMatch(
      /^vault "secret\/infra": Vault does not answer at "http:\/\/127\.0\.0\.1:9", got ".*"; correct VAULT_ADDR/,
    );
  });
});
