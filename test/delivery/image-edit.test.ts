import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { editImages, imageSites } from '../../delivery/image-edit';
import { image } from './deliverables';

jest.setTimeout(60_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

const images = [image('app'), image('side', 'v4', ['acme/side'])];

describe('an image reference', () => {
  test('an edit that would change anything else is refused', async () => {
    const file = await parse('main.tf', 'locals {\n  a = "acme/side:v4"\n  b = 1\n}\n');
    const [site] = imageSites(file, images);
    if (site === undefined) throw new Error('no site');
    await expect(
      editImages(file, [{ ...site, replacement: `${site.replacement}\n  c = 2` }], parse),
    ).rejects.toThrow('main.tf: the edit would change more than the images, got them on line 2');
  });
});
