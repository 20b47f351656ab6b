import { describe, expect, test } from '@jest/globals';
import { planDocuments } from '../../delivery/documents';
import { Refused } from '../../steps/refused';
import { withChanges, type Tree } from '../../delivery/tree';
import { estate } from '../../estate';
import type { Phase } from '../../estate/phases';
import { documentsTree } from '../../trees/documents';
import { secondEstate } from '../second-estate';
import { expectGolden } from '../support/golden';
import { memoryTree } from './memory-tree';

const at = (phase: Phase, subject = estate) => documentsTree({ ...subject, phase });
const { pages, runbooks, retired } = estate.stacks.documents;
const { 'image-registry': page = '', 'private-images': assistant = '' } = pages;

/** Texts before and after, by path, of the pages that a plan changes. */
function after(tree: Tree, phase: Phase): Tree {
  return withChanges(tree, planDocuments(tree, at(phase)).changes);
}

function refusal(text: string): readonly string[] {
  try {
    planDocuments(memoryTree({ [page]: text }), at('decommission'));
  } catch (error) {
    if (error instanceof Refused) return error.faults;
    throw error;
  }
  return [];
}

describe('the documents of a tree', () => {
  test('say nothing before the legacy registry is gone', () => {
    expect(planDocuments(memoryTree({ [page]: '# CI\n' }), at('cutover'))).toEqual({
      stack: 'documents',
      changes: [],
      notes: [],
    });
  });

  test('as a reader has them', () => {
    const { sections } = at('decommission');
    for (const { path, name, text } of sections)
      expectGolden(
        `documents/${name === 'runbook' ? (path.split('/').at(-1) ?? '') : `${name}.md`}`,
        `${text}\n`,
      );
    for (const { text } of documentsTree({ ...secondEstate, phase: 'decommission' }).sections)
      expect(text).not.toMatch(/undefined|viktorbarzin|registry-vm/u);
  });

  test('sections stand at the end of pages that are there, twice the same, and go as they came', () => {
    for (const text of ['# CI\n', '# CI', '# CI\n\n\n', '', '# CI\r\n\r\nText\r\n']) {
      const before = memoryTree({ [page]: text, [assistant]: 'Words' });
      const once = after(before, 'decommission');
      expect(once.read(page)?.startsWith(text)).toBe(true);
      expect(once.read(page)).toContain(`${estate.forgejo.host}/${estate.forgejo.packages.owner}/`);
      expect(/(?<!\r)\n/u.test(once.read(page) ?? '')).toBe(!text.includes('\r\n'));
      expect(planDocuments(once, at('decommission')).changes).toEqual([]);
      const back = after(once, 'cutover');
      expect([back.read(page), back.read(assistant)]).toEqual([text, 'Words']);
      expect(back.read(`${runbooks}/forgejo-registry-breakglass.md`)).toBeUndefined();
    }
  });

  test('a section that its owner moved is renewed where it stands', () => {
    const written = after(memoryTree({ [page]: 'Above\n' }), 'decommission').read(page) ?? '';
    const moved = memoryTree({ [page]: `${written.slice('Above\n'.length)}Below\n` });
    const other = documentsTree({
      ...estate,
      phase: 'decommission',
      retention: { ...estate.retention, keepNewestTags: 77 },
    });
    const renewed = withChanges(moved, planDocuments(moved, other).changes).read(page) ?? '';
    expect(renewed).toContain('the newest 77 builds');
    expect(renewed.endsWith('Below\n')).toBe(true);
    expect(after(memoryTree({ [page]: renewed }), 'cutover').read(page)).toBe('Below\n');
  });

  test('what a person wrote into a section, or half of its marks, is refused', () => {
    const written = after(memoryTree({ [page]: '# CI\n' }), 'decommission').read(page) ?? '';
    const begin = /<!-- registry-consolidation: image-registry [0-9a-f]+ -->\n/u.exec(written)?.[0] ?? '';
    expect(refusal(written.replace('newest', 'oldest'))).toEqual([
      `${page}: section "image-registry" was edited by hand; write it outside of the marks, or restore the page with git`,
    ]);
    for (const broken of [
      written.replace(begin, ''),
      written + written,
      written.replace(/<!-- [^>]*: end of.*\n/u, ''),
    ])
      expect(refusal(broken)).toEqual([
        expect.stringMatching(
          /the marks of section "image-registry" are not one pair, got \d that begin and \d that end; /u,
        ),
      ]);
    expect(refusal(written)).toEqual([]);
  });

  test('two sections of one page both stand there, once, and both go', () => {
    const documents = { ...estate.stacks.documents, pages: { 'image-registry': page, services: page } };
    const of = (phase: Phase) => at(phase, { ...estate, stacks: { ...estate.stacks, documents } });
    const tree = memoryTree({ [page]: '# CI\n' });
    const once = withChanges(tree, planDocuments(tree, of('decommission')).changes);
    expect(once.read(page)?.match(/<!-- registry-consolidation: end of/gu)).toHaveLength(2);
    expect(planDocuments(once, of('decommission')).changes).toEqual([]);
    const back = withChanges(once, planDocuments(once, of('cutover')).changes);
    expect(back.read(page)).toBe('# CI\n');
  });

  test('a hand-written runbook of the same name keeps its text', () => {
    const path = `${runbooks}/forgejo-registry-breakglass.md`;
    const once = after(memoryTree({ [path]: '# Mine\n' }), 'decommission');
    expect(once.read(path)).toMatch(/^# Mine\n\n<!-- registry-consolidation: runbook /u);
  });

  test('the retired runbook goes, who still leads to it is named, and a page that is not there is told', () => {
    const [old = ''] = retired;
    const index = 'docs/README.md';
    const tree = memoryTree({
      [old]: '# Rebuild\n',
      [index]: 'See\n[it](runbooks/registry-rebuild-image.md)\n',
      [assistant]: 'Broken image: docs/runbooks/registry-rebuild-image.md\n',
    });
    const { changes, notes } = planDocuments(tree, at('decommission'));
    expect(changes.find(({ path }) => path === old)).toMatchObject({ kind: 'remove' });
    expect(notes).toContain(
      `${index}:2: still leads to ${old}, which goes; say there what does its work now`,
    );
    expect(notes).toContain(
      `${assistant}:1: still leads to ${old}, which goes; say there what does its work now`,
    );
    expect(notes).toContain(
      `${page}: is not there, so nothing says there where images live; correct estate.stacks.documents if it moved`,
    );
  });
});
