import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { probe } from '../../commands/probe';
import { mediaTypes } from '../../clients/oci/manifest';
import { FakeRegistry } from '../support/fake-registry';

let registry: FakeRegistry;

beforeEach(async () => {
  registry = await new FakeRegistry().start();
});
afterEach(() => registry.stop());

async function ask(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await probe({
    args: [registry.url, ...args],
    out: (text) => (out += text),
    err: (text) => (err += text),
    interactive: true,
    signal: new AbortController().signal,
  });
  return { code, out: out.replaceAll(registry.url, 'http://registry'), err };
}

function damagedImage(): string {
  const digest = registry.putBlob('viktor/app', Buffer.from('layer'));
  registry.putManifest('viktor/app', '1', {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 5 },
    layers: [],
  });
  registry.repository('viktor/app').blobs.set(digest, Buffer.from('lAyer'));
  return digest;
}

describe('the probe command', () => {
  it('without --hash asks for every object and reads no layer', async () => {
    damagedImage();
    const { code, out, err } = await ask();
    expect(out).toBe(
      'http://registry: present, 0 faults in 1 repositories, 1 tags, 1 manifests, 1 blobs, 0 bytes hashed\n',
    );
    expect(err).toContain('[##############################] 1/1 repositories');
    expect(code).toBe(0);
  });

  it('with --hash reads every byte, prints what is broken as a table and exits 2', async () => {
    const digest = damagedImage();
    const { code, out } = await ask('--hash');
    const [head, row, summary] = out.split('\n');
    expect(head?.split(/ {2,}/)).toEqual(['IMAGE', 'FAULT', 'WHERE', 'DIGEST']);
    expect(row?.split(/ {2,}/)).toEqual(['viktor/app:1', 'digest-mismatch', 'config', digest]);
    expect(summary).toContain('http://registry: image-broken, 1 faults');
    expect(code).toBe(2);
  });

  it('with --json prints one document and no progress', async () => {
    damagedImage();
    const { out, err } = await ask('--hash', '--json');
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'image-broken',
      repositories: 1,
      found: [{ repository: 'viktor/app', reference: '1', kind: 'digest-mismatch', path: ['config'] }],
    });
    expect(err).toBe('');
  });

  it('looks for what --deployed names', async () => {
    const { code, out } = await ask('--deployed', 'viktor/gone:2');
    expect(out).toContain('viktor/gone: expected and not listed');
    expect(code).toBe(2);
  });

  it('says why it could not look, and exits 1', async () => {
    registry.intercept = (_, response) => {
      response.end('<html>');
      return true;
    };
    const { code, out } = await ask();
    expect(out).toContain('not-a-registry');
    expect(code).toBe(1);
  });

  it('needs exactly one registry', async () => {
    await expect(ask('http://other')).rejects.toThrow(
      'one registry is expected, got 2; usage: npm run probe',
    );
  });
});
