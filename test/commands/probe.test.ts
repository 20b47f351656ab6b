import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { probe } from '../../commands/probe';
import { mediaTypes } from '../../clients/oci/manifest';
import { call, livingOn, type Called } from '../support/call';
import { FakeRegistry } from '../support/fake-registry';

let registry: FakeRegistry;

beforeEach(async () => {
  registry = await new FakeRegistry().start();
});
afterEach(() => registry.stop());

async function ask(...args: string[]): Promise<Called> {
  const verbs = [probe(livingOn())];
  const { out, ...rest } = await call(['probe', registry.url, ...args], { verbs, interactive: true });
  return { ...rest, out: out.replaceAll(registry.url, 'http://registry') };
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
    expect(out).toMatch(
      /^http:\/\/registry: \w+, 0 faults in 1 repositories, 1 tags, 1 manifests, 1 blobs, 0 bytes hashed\n$/,
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
    const digest = damagedImage();
    const { out, err } = await ask('--hash', '--json');
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'image-broken',
      repositories: 1,
      found: [{ image: 'viktor/app:1', kind: 'digest-mismatch', where: 'config', digest }],
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

  it('ends at its deadline, whatever the registry does', async () => {
    registry.intercept = () => true;
    const { code } = await ask('--deadline', '1');
    expect(code).toBe(1);
  });
});
