import { describe, expect, it } from '@jest/globals';
import { Authorizer } from '../../../clients/http/authorizer';
import type { Challenge } from '../../../clients/http/challenge';

const credentials = { username: 'puller', password: 'secret' };
const basic = `Basic ${Buffer.from('puller:secret').toString('base64')}`;
const asked = new URL('http://forgejo.forgejo.svc.cluster.local/v2/_catalog');
const challengeTo = (realm: string): Challenge => ({ scheme: 'bearer', realm, scope: '*' });

describe('the authorizer', () => {
  const asking = (): { readonly tokens: string[]; readonly authorizer: Authorizer } => {
    const tokens: string[] = [];
    const send = (url: URL): Promise<unknown> => {
      tokens.push(url.origin);
      return Promise.resolve({ token: 'issued' });
    };
    const authorizer = new Authorizer({ credentials, realmHosts: ['forgejo.example'], send });
    return { tokens, authorizer };
  };

  it('offers the credentials to the registry itself before it asks a realm at another address', async () => {
    const { tokens, authorizer } = asking();
    expect(await authorizer.answer(challengeTo('https://forgejo.example/v2/token'), asked, undefined)).toBe(
      basic,
    );
    expect(await authorizer.header('*')).toBe(basic);
    expect(tokens).toEqual([]);
  });

  it('asks that realm once the registry has refused them', async () => {
    const { tokens, authorizer } = asking();
    const challenge = challengeTo('https://forgejo.example/v2/token');
    await authorizer.answer(challenge, asked, undefined);
    expect(await authorizer.answer(challenge, asked, basic)).toBe('Bearer issued');
    expect(tokens).toEqual(['https://forgejo.example']);
  });

  it('asks a realm at the same address at once', async () => {
    const { tokens, authorizer } = asking();
    expect(await authorizer.answer(challengeTo('/v2/token'), asked, undefined)).toBe('Bearer issued');
    expect(tokens).toEqual([asked.origin]);
  });

  it('without credentials asks any realm', async () => {
    const authorizer = new Authorizer({
      realmHosts: [],
      send: () => Promise.resolve({ token: 'anonymous' }),
    });
    expect(await authorizer.answer(challengeTo('https://forgejo.example/v2/token'), asked, undefined)).toBe(
      'Bearer anonymous',
    );
  });

  it('keeps a token until it expires, and asks for another when it is refused before', async () => {
    let nowMs = 0;
    let issued = 0;
    const send = (): Promise<unknown> => {
      issued += 1;
      return Promise.resolve({ token: '', access_token: `token-${issued}`, expires_in: 70 });
    };
    const authorizer = new Authorizer({ credentials, realmHosts: [], send, now: () => nowMs });
    const challenge = challengeTo('/v2/token');
    expect(await authorizer.answer(challenge, asked, undefined)).toBe('Bearer token-1');
    nowMs = 59_999;
    expect(await authorizer.header('*')).toBe('Bearer token-1');
    expect(await authorizer.answer(challenge, asked, 'Bearer token-1')).toBe('Bearer token-2');
    nowMs = 59_999 + 60_000;
    expect(await authorizer.header('*')).toBe('Bearer token-3');
  });

  it('takes a lifetime that is no number for one that is not told', async () => {
    let nowMs = 0;
    let issued = 0;
    for (const lifetime of [{ valueOf: 1, toString: 1 }, 'x', null, []]) {
      const send = (): Promise<unknown> =>
        Promise.resolve({ token: `t${(issued += 1)}`, expires_in: lifetime });
      const authorizer = new Authorizer({ credentials, realmHosts: [], send, now: () => nowMs });
      const first = await authorizer.answer(challengeTo('/v2/token'), asked, undefined);
      nowMs += 49_999;
      expect(await authorizer.header('*')).toBe(first);
      nowMs += 1;
      expect(await authorizer.header('*')).not.toBe(first);
    }
  });

  it('takes a realm that is no address as the fault that it is', async () => {
    const { tokens, authorizer } = asking();
    await authorizer.answer(challengeTo('http://[bad'), asked, undefined);
    await expect(authorizer.answer(challengeTo('http://[bad'), asked, basic)).rejects.toThrow(
      'has no address, got realm "http://[bad"',
    );
    expect(tokens).toEqual([]);
  });
});
