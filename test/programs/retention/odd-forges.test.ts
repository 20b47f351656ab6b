import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../clients/oci/manifest';
import { EXIT } from '../../../programs/exit-code';
import { FakeForgejo } from '../../support/fake-forgejo';
import { retainOnce } from '../../support/retain-once';

const HOUR_MS = 3_600_000;
const blob = { mediaType: 'x/y', digest: `sha256:${'0'.repeat(64)}`, size: 1 };

describe('a forge that is odd', () => {
  let forge: FakeForgejo;
  let owner: { readonly name: string; readonly token: string };
  beforeEach(async () => {
    forge = await new FakeForgejo().start();
    forge.tokens.set('token', forge.owner);
    owner = { name: forge.owner, token: 'token' };
  });
  afterEach(() => forge.stop());

  const push = (name: string, tag: string, createdAtMs: number, more: object = {}): void => {
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.image, config: blob, layers: [] };
    const body = Buffer.from(
      JSON.stringify({ ...manifest, annotations: { seed: `${name} ${tag}` }, ...more }),
    );
    forge.store.push(name, tag, body, mediaTypes.image, createdAtMs);
  };
  const hoursAgo = (hours: number): number => Date.now() - hours * HOUR_MS;
  const tagsOf = (name: string): readonly string[] =>
    forge.store.rows.filter((row) => row.package === name).map((row) => row.name);

  it('with hundreds of newer builds in packages of a longer name loses nothing of its use', async () => {
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(2_000));
    for (let number = 0; number < 520; number += 1) push('app-web', `w${number}`, hoursAgo(1_000 - number));

    const { code, lines } = await retainOnce(forge.url, owner, { maxDeletionsPerRun: 1 });

    expect(lines.filter((line) => line.includes('could not'))).toEqual([]);
    expect([code, tagsOf('app')]).toEqual([EXIT.done, ['v2']]);
  }, 60_000);

  it('that does not know when something was pushed keeps it, and says so', async () => {
    push('app', 'undated', 0);
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(100));

    const { code } = await retainOnce(forge.url, owner, { graceHours: 48 });

    expect([code, tagsOf('app')]).toEqual([EXIT.done, ['undated', 'v2']]);
  });

  it('with a signature of what it cannot hold keeps it', async () => {
    const signature = `sha512-${'1'.repeat(64)}.sig`;
    push('app', signature, hoursAgo(9));
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(8));

    await retainOnce(forge.url, owner);

    expect(tagsOf('app')).toEqual([signature, 'v2']);
  });

  it('that serves a manifest of two meanings keeps its package', async () => {
    push('odd', 'v1', hoursAgo(9), { manifests: [] });
    for (const version of ['v2', 'v3']) for (const name of ['odd', 'app']) push(name, version, hoursAgo(8));

    const { code } = await retainOnce(forge.url, owner);

    expect([code, tagsOf('odd'), tagsOf('app')]).toEqual([EXIT.faults, ['v1', 'v2', 'v3'], ['v3']]);
  });
});
