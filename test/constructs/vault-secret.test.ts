import { describe, expect, test } from '@jest/globals';
import { VaultSecret } from '../../constructs/vault-secret';
import { synthesizedFrom } from '../support/stack';
import { blockAt } from '../support/synthesized';

const props = {
  resourceName: 'viktor',
  path: 'viktor',
  keys: ['pull', 'push'],
  runbook: 'docs/runbooks/setup.md',
};

describe('a Vault secret', () => {
  test('stops the plan with the name of each key that is missing or empty', () => {
    const json = synthesizedFrom((stack) => {
      new VaultSecret(stack, 'Secret', props);
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
      const secret = new VaultSecret(stack, 'Secret', props);
      expect(secret.value('pull')).toBe('data.vault_kv_secret_v2.viktor.data["pull"]');
      expect(() => secret.value('other')).toThrow(
        'test/Secret: reads a key that nothing checks, got "other"; add it to keys',
      );
    });
  });
});
