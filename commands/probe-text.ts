import type { ByHandReport } from '../programs/integrity-probe/by-hand';
import { renderTable } from '../terminal/table';

/** Each fault with its image, what was not listed or refused, and the sum. */
export function formatReport({ url, verdict, found, faults, ...report }: ByHandReport): string {
  const count = Object.values(faults).reduce((sum, each) => sum + each, 0);
  const { repositories, tags, manifests, blobs, hashedBytes } = report;
  return [
    found.length === 0
      ? ''
      : renderTable(
          ['IMAGE', 'FAULT', 'WHERE', 'DIGEST'],
          found.map((row) => Object.values(row)),
        ),
    ...report.missingRepositories.map((name) => `${name}: expected and not listed\n`),
    ...report.deniedRepositories.map((name) => `${name}: listed, and refused to these credentials\n`),
    ...(report.interruption === undefined ? [] : [`${report.interruption}\n`]),
    `${url}: ${verdict}, ${count} faults in ${repositories} repositories, ${tags} tags, ${manifests} manifests, ${blobs} blobs, ${hashedBytes} bytes hashed\n`,
  ].join('');
}
