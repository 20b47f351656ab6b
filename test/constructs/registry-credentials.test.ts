import { describe, expect, test } from '@jest/globals';
import { RegistryCredentials } from '../../constructs/registry-credentials';
import { synthesizedFrom } from '../support/stack';
import { blockAt } from '../support/synthesized';

const login = (host: string): { host: string; user: string; password: string } => ({
  host,
  user: '"puller"',
  password: 'var.token',
});

describe('registry credentials', () => {
  test('hold one entry a host, built by Terraform, and can not be destroyed', () => {
    const json = synthesizedFrom((stack) => {
      new RegistryCredentials(stack, 'Credentials', {
        resourceName: 'registry_credentials',
        name: 'registry-credentials',
        namespace: 'kyverno',
        logins: [login('a.example'), login('b.example:5050')],
      });
    });
    const secret = blockAt(json, 'kubernetes_secret.registry_credentials');
    expect(secret).toMatchObject({
      type: 'kubernetes.io/dockerconfigjson',
      lifecycle: { prevent_destroy: true },
    });
    expect((secret['data'] as Record<string, string>)['.dockerconfigjson']).toBe(
      [
        '${jsonencode({',
        '  auths = {',
        '    "a.example" = { auth = base64encode(join(":", ["puller", var.token])) }',
        '    "b.example:5050" = { auth = base64encode(join(":", ["puller", var.token])) }',
        '  }',
        '})}',
      ].join('\n'),
    );
  });

  test('with two logins of one host are refused', () => {
    expect(() =>
      synthesizedFrom((stack) => {
        new RegistryCredentials(stack, 'Credentials', {
          resourceName: 'registry_credentials',
          name: 'x',
          namespace: 'x',
          logins: [login('a.example'), login('a.example')],
        });
      }),
    ).toThrow('test/Credentials: two logins of one host, got "a.example", "a.example"; keep one each');
  });
});
