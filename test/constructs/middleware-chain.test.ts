import { describe, expect, test } from '@jest/globals';
import { middlewareChain, type MiddlewareChainProps } from '../../constructs/middleware-chain';

const open: MiddlewareChainProps = {
  auth: 'app',
  bypasses: [],
  own: [],
};
const namesOf = (change: Partial<MiddlewareChainProps>): string[] =>
  middlewareChain({ ...open, ...change })
    .split(',')
    .map((reference) => reference.replace(/^traefik-|@kubernetescrd$/g, ''));

describe('a middleware chain', () => {
  test('goes through the shared middlewares in the order of the existing routers', () => {
    expect(namesOf({})).toEqual([
      'retry',
      'error-pages',
      'rate-limit',
      'csp-headers',
      'crowdsec',
      'ai-bot-block',
      'anti-ai-headers',
    ]);
  });

  test('puts the sign-in last', () => {
    expect(namesOf({ auth: 'required' }).slice(-2)).toEqual(['crowdsec', 'authentik-forward-auth']);
    expect(namesOf({ auth: 'public' })).toContain('authentik-forward-auth-public');
  });

  test('leaves out what it bypasses and nothing else', () => {
    expect(namesOf({ bypasses: ['retry', 'rate-limit'] })).toEqual([
      'error-pages',
      'csp-headers',
      'crowdsec',
      'ai-bot-block',
      'anti-ai-headers',
    ]);
  });

  test('names each middleware once', () => {
    const own = [{ reference: 'x-y@kubernetescrd' }, { reference: 'x-y@kubernetescrd' }];
    expect(namesOf({ own }).filter((name) => name === 'x-y')).toHaveLength(1);
  });
});
