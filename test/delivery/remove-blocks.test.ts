import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { removeBlocks } from '../../delivery/remove-blocks';

jest.setTimeout(120_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

/** Bodies as people write them: what a search for braces or quotes would trip over. */
const bodies = [
  '{}',
  '{\n  a = 1 # } in a comment\n}',
  '{\n  a = "} in \\"quotes\\" ${jsonencode({ b = "}" })}"\n}',
  '{\n  a = <<-EOT\n    resource "x" "y" {\n    ${b} %{if c}{%{endif} $${d}\n  EOT\n}',
  '{\n  a = <<EOT\n}\nEOT\n  /* } */\n}',
  '{\n\tb {\n\t\tc = [for k, v in var.m : { (k) = v } if v != "é漢"]\n\t}\n}',
];
const leads = ['', '# attached\n', '// one\n// two\n', '/* over\n   lines */\n', '# é } {\n'];
const tails = ['', ' # behind', ' // }', '  ', ' /* over\n   lines } */', ' /* a */ /* b\n */ # c'];
const gaps = ['', '\n', '\n\n', '\n# alone\n\n', '\n/* alone\n{ */\n\n'];

interface Piece {
  readonly gap: string;
  readonly lead: string;
  readonly body: string;
  readonly tail: string;
  readonly remove: boolean;
}
const piece = fc.record({
  gap: fc.constantFrom(...gaps),
  lead: fc.constantFrom(...leads),
  body: fc.constantFrom(...bodies),
  tail: fc.constantFrom(...tails),
  remove: fc.boolean(),
});

describe('removing blocks', () => {
  test('leaves every byte but the blocks, their attached comments and their line ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (pieces, lineEnd, endsWithLine) => {
          const textOf = (kept: (one: Piece) => boolean): string => {
            const text = pieces
              .map((one, index) => {
                const block = `${one.lead}resource "t" "n${index.toString()}" ${one.body}${one.tail}\n`;
                return `${one.gap}${kept(one) ? block : ''}`;
              })
              .join('')
              .replaceAll('\n', lineEnd);
            return text;
          };
          const cutEnd = (text: string): string =>
            endsWithLine || pieces.at(-1)?.remove === true ? text : text.slice(0, -lineEnd.length);
          const file = await parse('main.tf', cutEnd(textOf(() => true)));
          const remove = new Set(file.blocks.filter((_block, index) => pieces[index]?.remove));
          const left = await removeBlocks(file, remove, parse);
          const kept = pieces.some((one) => !one.remove);
          expect(left).toBe(kept ? cutEnd(textOf((one) => !one.remove)) : undefined);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a comment that an empty line parts from the block stays', async () => {
    const file = await parse(
      'main.tf',
      '# about the file\n\n# about a\nlocals {\n  a = 1\n}\nlocals {\n  b = 2\n}\n',
    );
    expect(await removeBlocks(file, new Set(file.blocks.slice(0, 1)), parse)).toBe(
      '# about the file\n\nlocals {\n  b = 2\n}\n',
    );
  });

  test('a comment behind the block before stays with that block', async () => {
    const file = await parse('main.tf', 'locals {\n  a = 1\n} # about a\nlocals {\n  b = 2\n}\n');
    expect(await removeBlocks(file, new Set(file.blocks.slice(1)), parse)).toBe(
      'locals {\n  a = 1\n} # about a\n',
    );
  });
});
