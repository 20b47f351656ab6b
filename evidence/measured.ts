import { printable } from '../clients/printable';
import { renderTable } from '../terminal/table';

/** One thing that was looked at for a claim. */
export interface Look {
  readonly what: string;
  /** Without it the claim does not hold; what could not be seen is no proof. */
  readonly holds: boolean;
  /** What was seen, with its figures. */
  readonly saw: string;
}

/** What was seen for a claim: it holds where every look does. */
export interface Measured {
  /** Where it was asked. */
  readonly source: string;
  /** What it was asked, or the stretch of time that counts. */
  readonly looks: readonly Look[];
  /** `RFC 3339/RFC 3339`, for claims about a stretch of time. @default a moment */
  readonly window?: string;
}

/** What servers and the cluster said is cut and kept on its line; a file of evidence keeps everything. */
const maxShown = 1_000;

/** A row for each look. */
export function formatLooks(looks: readonly Look[]): string {
  const rows = looks.map(({ holds, what, saw }) => [
    holds ? 'well' : 'not so',
    what,
    printable(saw, maxShown),
  ]);
  return renderTable(['', 'WHAT', 'SAW'], rows);
}
