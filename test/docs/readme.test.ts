import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { validateEstate } from '../../estate/validate';
import type { JsonObject } from '../../delivery/deliverable';
import { reviewOf } from '../../review/diff/review';
import type { Synthesis } from '../../review/diff/synthesis';
import { reviewText } from '../../review/diff/text';
import { synthesized } from '../support/synthesized';

const root = join(__dirname, '../..');
const text = readFileSync(join(root, 'README.md'), 'utf8');
const changes = [...text.matchAll(/^\*\*(.+?)\*\*.*\n\n```diff\n([\s\S]*?)```\n\n((?:> .*\n)+)/gmu)].map(
  ([, title = '', patch = '', quote = '']) => ({
    title,
    patch,
    says: [...quote.matchAll(/`(.+)`/gu)].map(([, said]) => said),
  }),
);
const folder = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sideOf = (name: string, of: Estate): Synthesis => ({
  name,
  estate: of,
  stacks: Object.fromEntries([...synthesized(of)].map(([stack, { json }]) => [stack, json as JsonObject])),
  manifests: {},
});

let base: Synthesis | undefined;

/** What `./registry diff` tells of a patch of the facts, or what synthesis refuses it with. */
function told(patch: string): string {
  execFileSync('git', ['apply', '--check'], { cwd: root, input: patch });
  const copy = mkdtempSync(join(folder, 'estate-'));
  cpSync(join(root, 'estate'), join(copy, 'estate'), { recursive: true });
  execFileSync('git', ['apply', '-'], { cwd: copy, input: patch });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- facts that stand in a README
  const { estate: changed } = require(join(copy, 'estate')) as { readonly estate: Estate };
  try {
    validateEstate(changed);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return reviewText(reviewOf((base ??= sideOf('main', estate)), sideOf('working tree', changed)));
}

describe('README.md', () => {
  test('shows the five common changes', () => {
    expect(changes.map(({ title }) => title)).toHaveLength(5);
  });

  test.each(changes)('$title: the diff applies, and this is said of it', ({ patch, says }) => {
    const got = told(patch);
    expect(says.length).toBeGreaterThan(0);
    expect(got.split('\n').map((line) => line.trim().replaceAll(/ {2,}/gu, ' '))).toEqual(
      expect.arrayContaining(says),
    );
  });

  test('is read in three minutes: at 250 words a minute, without what is typed or printed', () => {
    const prose = text.replaceAll(/```[\s\S]*?```|^ {4}.*$|^> .*$|\]\([^)]*\)/gmu, '');
    expect(prose.split(/\s+/u).filter((word) => /\w/u.test(word)).length).toBeLessThan(750);
  });

  test('names every room', () => {
    const rooms = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', `import { rooms } from './eslint.config.mjs'; console.log(rooms.join())`],
      { cwd: root, encoding: 'utf8' },
    );
    expect(
      rooms
        .trim()
        .split(',')
        .filter((room) => !text.includes(`\`${room}/\``)),
    ).toEqual([]);
  });
});
