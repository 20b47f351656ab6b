import { describe, expect, test } from '@jest/globals';
import { wantedOf, type Named } from '../../../migration/copy/wanted';
import { secondEstate } from '../../second-estate';
import { estate as theEstate } from '../../../estate';
import type { Estate } from '../../../estate/estate';
import { images } from '../../../estate/images';

const sha = `sha256:${'a'.repeat(64)}`;
const estate: Estate = theEstate;
const [image] = images;
const named = (reference: string, told = true): Named => ({ reference, by: 'Pod a/b', told });
const tagsOf = (...names: readonly Named[]): Record<string, readonly string[]> =>
  Object.fromEntries(wantedOf(estate, names).wanted.find((each) => each.image === image)?.tags ?? []);

describe('what is wanted', () => {
  test('is what the estate names, of every image', () => {
    const { wanted, faults } = wantedOf(estate, []);

    expect(faults).toEqual([]);
    expect(wanted.map(({ image: { name } }) => name)).toEqual(estate.images.map(({ name }) => name));
    expect([
      ...(wanted.find((each) => each.image.name === 'chrome-service-novnc')?.tags.keys() ?? []),
    ]).toEqual(['v4', 'latest']);
  });

  test('and what anybody pulls, under every spelling of either registry', () => {
    const legacy = `${estate.legacyRegistry.host}/${image.source.repository}`;
    const target = `${estate.forgejo.host}/${estate.forgejo.packages.owner}/${image.name}`;

    expect(tagsOf(named(`${legacy}:old`), named(legacy), named(`${target}:new`), named('nginx:1'))).toEqual({
      [image.tag]: ['estate/images.ts'],
      ...{ old: ['Pod a/b'], latest: ['Pod a/b'], new: ['Pod a/b'] },
    });
  });

  test('content that is named by its digest is no tag', () => {
    const reference = `docker-pullable://${estate.legacyRegistry.host}/${image.source.repository}@${sha}`;
    const { wanted } = wantedOf(estate, [named(reference, false)]);

    expect([...(wanted.find((each) => each.image === image)?.digests.keys() ?? [])]).toEqual([sha]);
  });

  test('an image of the legacy registry without a row is a fault; what cannot be read is nobody’s', () => {
    const { host } = estate.legacyRegistry;
    const { faults } = wantedOf(estate, [
      named(`${host}/unknown:1`),
      named(`${host}/app:\${var.tag}`),
      named(''),
    ]);

    expect(faults).toEqual([
      `Pod a/b: pulls an image that the estate does not know, got "${host}/unknown:1"; add its row to estate/images.ts`,
    ]);
  });

  test('of another homelab too', () => {
    expect(wantedOf(secondEstate, []).wanted).toHaveLength(secondEstate.images.length);
  });
});
