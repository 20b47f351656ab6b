import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ForgejoApi } from '../../../clients/forgejo/api';
import { knownRows, pushedSince } from '../../../clients/forgejo/pushed-since';
import { listVersions } from '../../../clients/forgejo/versions';
import { FakeForgejo } from '../../support/fake-forgejo';

const row = { id: 1, name: 'app', version: 'v1', created_at: '2026-11-28T00:00:00Z' };

describe('the list of versions', () => {
  let forge: FakeForgejo;
  let api: ForgejoApi;
  beforeEach(async () => {
    forge = await new FakeForgejo().start();
    forge.tokens.set('token', forge.owner);
    for (let number = 1; number <= 120; number++) push(`v${number}`, Date.now() - 10_000);
    api = new ForgejoApi({ url: forge.url, owner: forge.owner, token: 'token', retryDelayMs: 1 });
  });
  afterEach(() => forge.stop());

  const push = (tag: string, atMs = Date.now()): void => {
    forge.store.push('team/app', tag, Buffer.from(`{"tag":"${tag}"}`), 'type', atMs);
  };

  it('is read whole over its pages', async () => {
    const versions = await listVersions(api);

    expect(versions).toHaveLength(120);
    expect(versions.find(({ name }) => name === 'v7')).toEqual({
      id: 7,
      package: 'team/app',
      name: 'v7',
      createdAtMs: expect.any(Number),
    });
    // One page behind the last, so that a total that is too small cannot make a part look whole.
    expect(forge.requests).toHaveLength(4);
  });

  it('is read again when a push shifts its pages, so that no version is missed', async () => {
    let pages = 0;
    forge.intercept = () => {
      // An overwritten tag moves to the front: the total stays, and one row is listed on no page.
      if (++pages === 2) push('v60');
      return false;
    };

    const versions = await listVersions(api);

    expect(versions.map(({ name }) => name)).toContain('v60');
    expect(versions).toHaveLength(120);
    expect(pages).toBe(8);
  });

  it('is an error when it never holds still', async () => {
    let number = 0;
    forge.intercept = () => {
      push(`more-${number++}`);
      return false;
    };

    await expect(listVersions(api)).rejects.toThrow('changed during each of 5 readings');
  }, 20_000);

  it.each([
    ['a total of 1e15', '1e15', [], 'the list is of more than 50000 versions, got 1000000000000000'],
    ['no total', '', [], 'the list has no X-Total-Count'],
    ['a row that is null', '1', [null], 'a version is incomplete'],
    ['a row of other types', '1', [{ id: '1', name: {}, version: 5 }], 'a version is incomplete'],
    ['no list', '1', { toString: 1 }, 'the list is not one'],
    [
      'a name without end',
      '1',
      [{ ...row, version: 'v'.repeat(300) }],
      'a name has more than 255 characters',
    ],
    [
      'a row of another owner',
      '1',
      [{ ...row, owner: { login: 'limu' } }],
      'the list has a package of another owner or type',
    ],
    ['a row of another type', '1', [{ ...row, type: 'generic' }], 'a package of another owner or type'],
    ['a longer page than was asked for', '99', Array(51).fill(row), 'a page has more than the 50 versions'],
  ])('is an error that says so with %s', async (_, total, rows, wrong) => {
    forge.intercept = (_request, response) => {
      response.writeHead(200, total === '' ? {} : { 'x-total-count': total }).end(JSON.stringify(rows));
      return true;
    };

    await expect(listVersions(api)).rejects.toThrow(wrong);
  });

  it.each(['49999', '50'])(
    'asks for few pages and takes no part for whole when it is told a total of %s',
    async (total) => {
      forge.intercept = (_request, response) => {
        const setHeader = response.setHeader.bind(response);
        response.setHeader = (name, value) => setHeader(name, name === 'x-total-count' ? total : value);
        return false;
      };

      await expect(listVersions(api)).rejects.toThrow('changed during each of 5 readings');
      expect(forge.requests.length).toBeLessThan(5 * 20);
    },
    20_000,
  );

  it('has what was pushed since in it, behind rows that a wrong clock dated later too', async () => {
    for (let number = 1; number <= 12; number++)
      push(`ahead-${number}`, Date.now() + (500 - number) * 3_600_000);
    const known = knownRows(await listVersions(api));
    expect(await pushedSince(api, 'team/app', known)).toBeUndefined();
    push('now');
    expect((await pushedSince(api, 'team/app', known))?.name).toBe('now');
  });

  it('is empty for an owner without packages', async () => {
    forge.store.rows = [];

    expect(await listVersions(api)).toEqual([]);
  });
});
