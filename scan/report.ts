import { printable } from '../clients/printable';
import { formatBytes } from '../terminal/quantities';
import { renderTable } from '../terminal/table';
import type { Difference } from './compare';
import type { Scan } from './scan-tree';

/** Longer names and references are cut. */
const most = 200;

/** What was found, where tree and estate differ, and how much was read. */
export function formatScan(
  { references, files, bytes, unread }: Scan,
  differences: readonly Difference[],
  withProse: boolean,
): string {
  const shown = references.filter(({ use }) => withProse || use === 'live');
  const live = references.filter(({ use }) => use === 'live').length;
  const rows = shown.map(({ path, line, kind, use, reference, how }) => [
    `${printable(path, most)}:${line}`,
    ...[kind, use, printable(reference, most), how === 'spelled' ? '' : `by its ${how}`],
  ]);
  return [
    ...(rows.length === 0 ? [] : [renderTable(['where', 'kind', 'use', 'reference', ''], rows), '\n']),
    ...differences.map(({ where, what, todo }) => `${printable(where, most)}: ${what}; ${todo}\n`),
    ...unread.map(
      ({ path, why }) =>
        `${printable(path, most)}: could not be read, got ${why}; scan it as somebody who may\n`,
    ),
    `${live} live references and ${references.length - live} in comments and documents, in ${files} files of ${formatBytes(bytes)}\n`,
  ].join('');
}
