import { formatBytes } from '../../terminal/quantities';
import { renderTable } from '../../terminal/table';
import type { CopyItem, TargetState } from './decide';
import type { CopyPlan } from './plan';

const told: Readonly<Record<TargetState, (item: CopyItem) => string>> = {
  absent: () => 'copy',
  half: ({ missing }) => `repair ${missing.length} parts`,
  moved: () => 'copy over an older build',
  other: () => 'left: other content is there',
  whole: () => 'nothing',
};

/** A row for each tag, in the order of the copying. */
export function formatCopyPlan({ items, notes, faults }: CopyPlan): string {
  const rows = items.map((item) => [
    `${item.to.repository}:${item.to.tag}`,
    item.digest.slice(0, 'sha256:'.length + 12),
    item.state,
    told[item.state](item),
    item.bytes === 0 ? '' : formatBytes(item.bytes),
    item.by.length === 0 ? 'newest' : item.by.slice(0, 2).join(', '),
  ]);
  const count = (state: TargetState): number => items.filter((item) => item.state === state).length;
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return [
    renderTable(['TARGET', 'DIGEST', 'THERE', 'DOES', 'BYTES', 'FOR'], rows),
    ...notes.map((note) => `note: ${note}\n`),
    ...faults.map((fault) => `fault: ${fault}\n`),
    `${items.length} tags: ${count('whole')} whole, ${count('absent')} absent, ${count('half')} half, ${count('moved')} moved, ${count('other')} other; ${formatBytes(bytes)} to copy\n`,
  ].join('');
}
