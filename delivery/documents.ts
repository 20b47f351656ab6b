import type { Change, StackPlan } from './change';
import { Refused } from '../steps/refused';
import type { TreeDocuments, TreeSection } from '../trees/documents';
import { sha256 } from './generated-file';
import { filesBelow, textOf, withChanges, type Tree } from './tree';

/**
 * The plan of the tree's own pages: each receives a section between two comments, which carry the hash of what they enclose,
 * and every other byte stays. A section that is wanted no more goes as it came; a page that holds nothing else goes with it.
 */
export function planDocuments(tree: Tree, { sections, retired }: TreeDocuments): StackPlan {
  const [changes, faults, notes]: [Change[], string[], string[]] = [[], [], []];
  for (const section of sections) {
    // A page may hold more than one.
    const before = withChanges(tree, changes).read(section.path);
    if (before === undefined && !section.makesPage) {
      if (section.text !== undefined)
        notes.push(
          `${section.path}: is not there, so nothing says there where images live; correct estate.stacks.documents if it moved`,
        );
      continue;
    }
    const found = find(before ?? '', section);
    if (typeof found === 'string') faults.push(found);
    else changes.push(...change(section, before, found));
  }
  if (faults.length > 0) throw new Refused(faults);
  for (const path of retired) {
    const before = tree.read(path);
    if (before === undefined) continue;
    changes.push({
      ...{ path, kind: 'remove', before, after: undefined },
      why: 'the registry that it repairs is gone',
    });
    notes.push(...mentions(tree, path));
  }
  return { stack: 'documents', changes, notes };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where the section stands, `undefined` for nowhere, or why it cannot be told. */
function find(text: string, { path, name }: TreeSection): Place | undefined | string {
  const begins = [
    ...text.matchAll(new RegExp(`<!-- registry-consolidation: ${name} ([0-9a-f]{64}) -->\r?\n`, 'gu')),
  ];
  const ends = [
    ...text.matchAll(new RegExp(`<!-- registry-consolidation: end of ${name} -->(?:\r?\n|$)`, 'gu')),
  ];
  const [begin, end] = [begins[0], ends[0]];
  if (begin === undefined && end === undefined) return undefined;
  if (
    begins.length !== 1 ||
    ends.length !== 1 ||
    begin === undefined ||
    end === undefined ||
    begin.index > end.index
  )
    return `${path}: the marks of section "${name}" are not one pair, got ${begins.length} that begin and ${ends.length} that end; restore the page with git`;
  const held = text.slice(begin.index + begin[0].length, end.index).replaceAll('\r\n', '\n');
  return sha256(held) === begin[1]
    ? { start: begin.index, end: end.index + end[0].length }
    : `${path}: section "${name}" was edited by hand; write it outside of the marks, or restore the page with git`;
}

function change(
  { path, name, text, makesPage }: TreeSection,
  before: string | undefined,
  place: Place | undefined,
): Change[] {
  if (text === undefined && place === undefined) return [];
  const was = before ?? '';
  const eol = was.includes('\r\n') ? '\r\n' : '\n';
  const head = place === undefined ? `${was}${before === undefined ? '' : eol}` : was.slice(0, place.start);
  const tail = place === undefined ? '' : was.slice(place.end);
  const marked = `<!-- registry-consolidation: ${name} ${sha256(`${text ?? ''}\n`)} -->\n${text ?? ''}\n<!-- registry-consolidation: end of ${name} -->\n`;
  const after =
    text === undefined
      ? `${head.replace(/\r?\n$/u, '')}${tail}`
      : `${head}${marked.replaceAll('\n', eol)}${tail}`;
  if (after === before) return [];
  const why = text === undefined ? 'the legacy registry is there again' : 'where images live now';
  if (text === undefined && makesPage && after === '')
    return [{ path, kind: 'remove', before, after: undefined, why }];
  return [{ path, kind: before === undefined ? 'write' : 'edit', before, after, why }];
}

/** Pages that still send a reader to a file that goes. */
function mentions(tree: Tree, path: string): string[] {
  const name = path.split('/').at(-1) ?? path;
  return [...filesBelow(tree, '')].flatMap((page) => {
    if (page === path || !page.endsWith('.md')) return [];
    const line = (textOf(tree, page) ?? '')
      .split('\n')
      .findIndex((one) => one.includes(`/${name}`) || one.includes(`(${name}`));
    return line === -1
      ? []
      : [`${page}:${line + 1}: still leads to ${path}, which goes; say there what does its work now`];
  });
}
