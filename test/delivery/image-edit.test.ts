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

async function edited(text: string): Promise<string> {
  const file = await parse('main.tf', text);
  return editImages(file, imageSites(file, images), parse);
}

describe('an image reference', () => {
  test.each([
    [
      'with a tag from a variable',
      '"registry.viktorbarzin.me/app:${var.t}"',
      '"${local.app_repository}:${var.t}"',
    ],
    ['with a port', '"registry.viktorbarzin.me:5050/app:${var.t}"', '"${local.app_repository}:${var.t}"'],
    ['by address', '"10.0.20.10:5050/app:${local.t}"', '"${local.app_repository}:${local.t}"'],
    [
      'already in the target',
      '"forgejo.viktorbarzin.me/viktor/app:${var.t}"',
      '"${local.app_repository}:${var.t}"',
    ],
    ['without a tag', '"registry.viktorbarzin.me/app"', 'local.app_repository'],
    ['with half a tag', '"registry.viktorbarzin.me/app:v${var.n}"', '"${local.app_repository}:v${var.n}"'],
    ['with a literal tag', '"registry.viktorbarzin.me/side:v4"', 'local.side_image'],
    ['with a tag and a digest', `"acme/side:v4@sha256:${'a'.repeat(64)}"`, 'local.side_image'],
    ['with a digest alone', `"acme/side@sha256:${'a'.repeat(64)}"`, 'local.side_image'],
    [
      'inside larger expressions',
      'var.x ? [{ image = "acme/side:v4", n = 1 }] : [{ image = "registry.viktorbarzin.me/app:${var.t}", n = 2 }]',
      'var.x ? [{ image = local.side_image, n = 1 }] : [{ image = "${local.app_repository}:${var.t}", n = 2 }]',
    ],
    [
      'inside a function call',
      'jsonencode({ "é" = "acme/side:v4" })',
      'jsonencode({ "é" = local.side_image })',
    ],
    [
      'inside another template',
      '"${var.x ? "acme/side:v4" : "none"}"',
      '"${var.x ? local.side_image : "none"}"',
    ],
  ])('%s becomes a local', async (_how, before, after) => {
    const around = (expression: string): string =>
      `# acme/side:v4 stays here\r\nlocals {\r\n\ta  =  ${expression} # “ü”\r\n}\r\n`;
    expect(await edited(around(before))).toBe(around(after));
  });

  test.each([
    ['a longer name', '"registry.viktorbarzin.me/app-two:${var.t}"'],
    ['a longer path', '"registry.viktorbarzin.me/app/two:v1"'],
    ['another host', '"mirror.example/registry.viktorbarzin.me/app:v1"'],
    ['a URL', '"https://registry.viktorbarzin.me/app"'],
    ['an object key', '{ "acme/side" = 1 }'],
    ['a heredoc', '<<-EOT\n    acme/side:v4\n  EOT'],
    ['an escaped interpolation', '"$${local.x}/acme/side:v4"'],
  ])('is not seen in %s', async (_where, expression) => {
    const file = await parse('main.tf', `locals {\n  a = ${expression}\n}\n`);
    expect(imageSites(file, images)).toEqual([]);
  });

  test('is not seen in the label of a block', async () => {
    expect(imageSites(await parse('main.tf', 'data "x" "acme/side" {\n}\n'), images)).toEqual([]);
  });

  test('an edit that would change anything else is refused', async () => {
    const file = await parse('main.tf', 'locals {\n  a = "acme/side:v4"\n  b = 1\n}\n');
    const [site] = imageSites(file, images);
    if (site === undefined) throw new Error('no site');
    await expect(
      editImages(file, [{ ...site, replacement: `${site.replacement}\n  c = 2` }], parse),
    ).rejects.toThrow('main.tf: the edit would have changed more than the image references');
  });
});
