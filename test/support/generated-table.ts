import { readFileSync, writeFileSync } from 'node:fs';

/** The table that stands behind its mark in a page, and the one that it is made from; `UPDATE_GOLDEN=1` writes it anew. */
export function generatedTable(
  file: string,
  source: string,
  rows: readonly (readonly string[])[],
): { readonly got: string; readonly wanted: string } {
  const text = readFileSync(file, 'utf8');
  const mark = `<!-- from ${source}; UPDATE_GOLDEN=1 writes it anew -->\n\n`;
  const at = text.indexOf(mark);
  const start = at + mark.length;
  const end = text.indexOf('<!-- end -->', start);
  if (at === -1 || end === -1)
    throw new Error(`${file}: lacks the marks of the table from ${source}; restore them`);
  const wanted = `${rendered(rows)}\n\n`;
  const updating = process.env['UPDATE_GOLDEN'] === '1';
  if (updating) writeFileSync(file, text.slice(0, start) + wanted + text.slice(end));
  return { got: updating ? wanted : text.slice(start, end), wanted };
}

/** A table as Prettier leaves it. */
function rendered([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
