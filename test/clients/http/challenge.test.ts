import { describe, expect, it } from '@jest/globals';
import { parseChallenge } from '../../../clients/http/challenge';

describe('a challenge', () => {
  it.each([
    ['Basic realm="Registry Realm"', { scheme: 'basic' }],
    ['basic', { scheme: 'basic' }],
    [
      'Bearer realm="https://forgejo.example/v2/token",service="container_registry",scope="*"',
      {
        scheme: 'bearer',
        realm: 'https://forgejo.example/v2/token',
        service: 'container_registry',
        scope: '*',
      },
    ],
    ['Bearer realm="/v2/token"', { scheme: 'bearer', realm: '/v2/token' }],
    [
      'Bearer realm="https://auth.example/t", scope="repository:a/b:pull,push", error="invalid_token"',
      { scheme: 'bearer', realm: 'https://auth.example/t', scope: 'repository:a/b:pull,push' },
    ],
    ['Basic realm="a, Bearer b", Bearer realm="/t"', { scheme: 'bearer', realm: '/t' }],
    ['Bearer realm=/t,service=x', { scheme: 'bearer', realm: '/t', service: 'x' }],
    ['Bearer service="no realm"', undefined],
    ['Bearer realm="",service="x"', undefined],
    ['Bearer realm="", Basic realm="x"', { scheme: 'basic' }],
    [`Bearer ${'a'.repeat(60_000)}`, undefined],
    ['Negotiate abc', undefined],
    ['', undefined],
  ])('%s is understood', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });
});
