import { describe, expect, test } from '@jest/globals';
import { VaultSecrets } from '../../constructs/vault-secrets';
import { synthesizedFrom } from '../support/stack';
import { blockAt } from '../support/synthesized';

const props = {
  keys: ['pull', 'push'].map((key) => ({ path: 'viktor', key })),
  resourceNameOf: (path: string) => path,
  runbook: 'docs/runbooks/setup.md',
};

describe('a Vault secret', () => {
  test('stops the plan with the name of each key that is missing or empty', () => {
    const json = synthesizedFrom((stack) => {
      new VaultSecrets(stack, 'Secret', props);
    });
    expect(blockAt(json, 'data.vault_kv_secret_v2.viktor')).toMatchObject({
      mount: 'secret',
      name: 'viktor',
      lifecycle: {
        postcondition: ['pull', 'push'].map((key) => ({
          condition: `\${try(self.data["${key}"], "") != ""}`,
          error_message: `Vault secret/viktor has no value at key "${key}". Create it as docs/runbooks/setup.md says, then plan again.`,
        })),
      },
    });
  });

  test('gives the expression of a checked key and refuses one that nothing checks', () => {
    synthesizedFrom((stack) => {
      const secret = new VaultSecrets(stack, 'Secret', props);
      expect(secret.value({ path: 'viktor', key: 'pull' })).toBe(
        'data.vault_kv_secret_v2.viktor.data["pull"]',
      );
      for (const key of [
        { path: 'viktor', key: 'other' },
        { path: 'other', key: 'pull' },
      ])
        expect(() => secret.value(key)).toThrow(
          `test/Secret: reads a key that nothing checks, got "${key.key}" of "${key.path}"; add it to keys`,
        );
    });
  });
});
