import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ForgeUser } from '../../lab/servers/forge-administration';
import { startLab, type Lab } from '../../lab/runs/lab';
import { describeLab, itOnOwn } from './describe-lab';

const itOnOwnForge = itOnOwn('forge');

describeLab('the forge of a lab', () => {
  let lab: Lab<'forge'>;
  let viktor: ForgeUser;
  let puller: ForgeUser;
  let pushToken: string;
  beforeAll(async () => {
    lab = await startLab({ forge: { cleanupOlderThanSeconds: 0 } });
    viktor = await lab.forge.createUser({ name: 'viktor' });
    puller = await lab.forge.createUser({ name: 'cluster-puller' });
    pushToken = await lab.forge.createToken(viktor, ['write:package']);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const basic = (user: string, secret: string): string =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  const bearer = async (user: string, secret: string): Promise<string> => {
    const response = await fetch(`${lab.forge.url}/v2/token?service=container_registry`, {
      headers: { authorization: basic(user, secret) },
    });
    return `Bearer ${((await response.json()) as { token: string }).token}`;
  };
  const upload = async (repository: string, body: string, authorization: string): Promise<number> => {
    const address = `${lab.forge.url}/v2/${repository}/blobs/uploads/?digest=sha256:${sha256(body)}`;
    const response = await fetch(address, { method: 'POST', headers: { authorization }, body });
    return response.status;
  };

  it('says which forge it is, and of which version', async () => {
    const answer = (await (await fetch(`${lab.forge.url}/api/v1/version`)).json()) as { version: string };
    expect([lab.forge.kind, answer.version]).toEqual([
      expect.stringMatching(/^(forgejo|gitea)$/),
      lab.forge.version,
    ]);
  });

  it('the owner may upload a blob and the cluster puller may not', async () => {
    const pullToken = await lab.forge.createToken(puller, ['read:package']);
    const asOwner = await upload('viktor/scopes', 'a layer', await bearer(viktor.name, pushToken));
    const asPuller = await upload('viktor/scopes', 'a layer', await bearer(puller.name, pullToken));
    expect([asOwner, asPuller]).toEqual([201, 401]);
  });

  itOnOwnForge('the clean-up has removed an unreferenced blob when it resolves', async () => {
    const blob = 'an orphan';
    await upload('viktor/swept', blob, await bearer(viktor.name, pushToken));
    const hash = sha256(blob);
    const file = join(lab.forge.packageStorage, hash.slice(0, 2), hash.slice(2, 4), hash);
    expect(existsSync(file)).toBe(true);
    await lab.forge.runCleanup();
    expect(existsSync(file)).toBe(false);
  });

  itOnOwnForge('keeps its data and its address over a power cut', async () => {
    await lab.forge.kill();
    await expect(fetch(`${lab.forge.url}/v2/`)).rejects.toThrow('fetch failed');
    await lab.forge.start();
    const again = await fetch(`${lab.forge.url}/api/v1/user`, {
      headers: { authorization: basic(viktor.name, viktor.password) },
    });
    expect(again.status).toBe(200);
  });
});
