import { describe, expect, test } from '@jest/globals';
import { middlewareChain, type MiddlewareChainProps } from '../../constructs/middleware-chain';

const open: MiddlewareChainProps = {
  auth: 'app',
  antiAiScraping: true,
  localOnly: false,
  bypasses: [],
  contentSecurityPolicy: undefined,
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

  test('puts the sign-in after the bot rules and the local-only rule after the sign-in', () => {
    expect(namesOf({ auth: 'required', antiAiScraping: false, localOnly: true }).slice(-3)).toEqual([
      'crowdsec',
      'authentik-forward-auth',
      'local-only',
    ]);
    expect(namesOf({ auth: 'public' })).toContain('authentik-forward-auth-public');
  });

  test('replaces the shared policy by its own, after the shared middlewares', () => {
    const names = namesOf({ contentSecurityPolicy: { reference: 'app-custom-csp-app' } });
    expect(names).not.toContain('csp-headers');
    expect(names.at(-1)).toBe('app-custom-csp-app');
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
