import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { nodes } from '../../commands/nodes';
import { vaultOf } from '../../credentials/operator';
import type { Estate } from '../../estate/estate';
import { machinesOf } from '../../rollout/of-estate';
import { answering } from '../rollout/fixture';
import { secondEstate } from '../second-estate';
import { call } from '../support/call';
import { estateAt } from '../support/estates';

const refused = async (
  args: readonly string[],
  answers: Parameters<typeof answering>[0] = {},
  environment: Readonly<Record<string, string>> = {},
  subject: Estate = estateAt('prepare'),
): Promise<string> => {
  const means = (): ReturnType<Parameters<typeof nodes>[1] & object> => ({
    vault: () => vaultOf(subject, environment, 'secret'),
    run: answering(answers),
    lease: { host: 'laptop', pid: 1, now: () => new Date(0), isRunning: () => false },
    signal: new AbortController().signal,
  });
  const { code, err } = await call(['nodes', ...args], {
    verbs: [nodes(() => machinesOf(subject), means)],
  });
  expect(code).toBe(3);
  expect(err).toMatch(/\nnothing was changed\n$/);
  return err;
};

describe('nodes refuses', () => {
  test('the registry VM among nodes', async () => {
    expect(await refused(['plan', '--only', 'registry-vm', '--only', 'k8s-node1'])).toContain(
      '--only: the registry VM goes alone, got "registry-vm", "k8s-node1"',
    );
  });

  test('the registry VM of an estate that has none', async () => {
    expect(await refused(['plan', '--only', 'registry-vm'], {}, {}, secondEstate)).toContain(
      '--only: the estate has no registry VM, got "registry-vm"; name nodes, or describe the machine in estate/registry-vm.ts',
    );
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
    const at = (VAULT_ADDR: string) => refused(vm, {}, { VAULT_ADDR, VAULT_TOKEN: 't' });
    expect(await refused(vm)).toContain('VAULT_TOKEN: is not set, got none; log in with vault, or export it');
    expect(await at('vault.example:8200')).toMatch(/^VAULT_ADDR: is no URL, got "vault\.example:8200"/);
    expect(await at('http://127.0.0.1:9')).toMatch(
      /^vault "secret\/infra": could not be read, got .*http:\/\/127\.0\.0\.1:9.*; see that VAULT_ADDR is Vault and that it runs/,
    );
  });

  test.each([
    ['{}', 200, 'the answer has no data; check that this address is Vault'],
    ['<html>', 200, 'could not be read'],
    ['{"data":{"data":{"registry_htpasswd":7}}}', 200, 'key "registry_htpasswd" is missing or empty'],
    ['{"errors":["permission denied"]}', 403, 'it may not be read, got 403'],
  ])('to write secrets where what answers %s with %i', async (body, status, says) => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const VAULT_ADDR = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const err = await refused(['plan', '--only', 'registry-vm'], {}, { VAULT_ADDR, VAULT_TOKEN: 't' });
      expect(err).toContain(says);
      expect(err).not.toContain('does not answer');
    } finally {
      server.close();
    }
  });
});
