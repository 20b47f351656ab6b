import { isDeepStrictEqual } from 'node:util';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';

/** The text without the given blocks and their leading comments, every other byte kept; `undefined` when no block is left. */
export async function removeBlocks(
  file: HclFile,
  remove: ReadonlySet<HclBlock>,
  parse: ParseHcl,
): Promise<string | undefined> {
  const kept = file.blocks.filter((block) => !remove.has(block));
  if (kept.length === 0) return undefined;
  let text = '';
  let from = 0;
  for (const block of file.blocks.filter((candidate) => remove.has(candidate))) {
    text += file.text.slice(from, startWithComment(file, block));
    from = endOfLine(file, block.end);
  }
  text += file.text.slice(from);
  const after = await parse(file.path, text);
  const same = isDeepStrictEqual(
    after.blocks.map((block) => block.node.text),
    kept.map((block) => block.node.text),
  );
  if (!same) throw new Error(`${file.path}: the edit would have changed more than the blocks it removes`);
  return text;
}

function startWithComment(file: HclFile, block: HclBlock): number {
  let start = startOfLine(file.text, block.start);
  for (const comment of file.comments.toReversed()) {
    if (comment.endIndex > start) continue;
    const between = file.text.slice(comment.endIndex, start);
    const lineStart = startOfLine(file.text, comment.startIndex);
    const alone = file.text.slice(lineStart, comment.startIndex).trim() === '';
    if (!/^[ \t]*\r?\n?$/u.test(between) || !alone) break;
    start = lineStart;
  }
  return start;
}

const startOfLine = (text: string, index: number): number => text.lastIndexOf('\n', index - 1) + 1;

/** Past the comments that begin behind the block on its last line, however long, and past the line end. */
function endOfLine(file: HclFile, index: number): number {
  const end = file.text.indexOf('\n', index);
  if (end === -1) return file.text.length;
  const across = file.comments.find(
    ({ startIndex, endIndex }) => startIndex >= index && startIndex < end && endIndex > end,
  );
  return across === undefined ? end + 1 : endOfLine(file, across.endIndex);
}
