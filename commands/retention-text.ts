import type { Preview } from '../programs/retention/preview';
import { formatAge, formatBytes } from '../terminal/quantities';
import { renderTable } from '../terminal/table';

/** Each tag with its decision and why, what is missing, and the sum. */
export function formatPreview(found: Preview): string {
  const rows = found.rows.map(({ package: name, version, ageHours, bytes, decision, reason }) => [
    `${name}:${version}`,
    Number.isNaN(ageHours) ? '?' : formatAge(ageHours),
    bytes === undefined ? '?' : formatBytes(bytes),
    ...[decision, reason],
  ]);
  const [kept, deleted] = [count(found, 'keep'), count(found, 'delete')];
  return [
    renderTable(['TAG', 'AGE', 'SIZE', 'DECISION', 'REASON'], rows),
    ...[...found.missing, ...found.unknown].map((line) => `${line}\n`),
    `${rows.length} tags: keep ${kept}, delete ${deleted}; nothing was deleted\n`,
  ].join('');
}

function count({ rows }: Preview, wanted: 'keep' | 'delete'): number {
  return rows.filter(({ decision }) => decision === wanted).length;
}
