import { phases } from '../../estate/phases';
import { renderTable } from '../../terminal/table';
import type { GateRow, Overview } from './overview';
import { readingWords } from './words';

/** A screen has room for so many names of a kind. */
const maxNames = 3;
const maxFaults = 5;

/** The overview in one screen of a terminal. */
export function statusText(overview: Overview): string {
  const { phase, movers, faults, overrides, measured, next, nowMs } = overview;
  const moved = movers.filter((each) => each.moved);
  const step = next[0];
  const more = next.length > 1 ? ` (and ${next.length - 1} more; ./registry report has them all)` : '';
  return [
    `${phases.map((each) => (each === phase ? `[${each}]` : each)).join(' > ')}\n`,
    `${moved.length} of ${movers.length} moved${names(
      movers.filter((each) => !each.moved).map(({ name }) => name),
      ', to come: ',
    )}\n`,
    ...(faults.length === 0
      ? []
      : [
          '\n',
          ...faults.slice(0, maxFaults).map((fault) => `fault: ${fault}\n`),
          ...(faults.length > maxFaults
            ? [`and ${faults.length - maxFaults} more; make synth prints all\n`]
            : []),
        ]),
    ...(overrides.length === 0 ? [] : ['\n', ...overrides.map((each) => `override: ${each}\n`)]),
    '\n',
    renderTable(['GATE', 'NOW', 'TO COME'], gateTable(overview)),
    '\n',
    measured === undefined
      ? 'probe and retention: not asked; --prometheus <url> asks\n'
      : renderTable(
          ['', 'WHAT', 'LAST'],
          measured.groups.flatMap(({ title, readings }) =>
            readings.map((reading) => {
              const { mark, text } = readingWords(reading, nowMs);
              return [mark, `${title}: ${reading.what}`, text];
            }),
          ),
        ),
    '\n',
    step === undefined
      ? 'nothing is left to do\n'
      : `next: ${step.what}${more}\n${step.command === undefined ? '' : `      ${step.command}\n`}`,
  ].join('');
}

/** One line a kind of claim: a screen has no room for thirty images. */
function gateTable({ gates, ahead }: Overview): readonly (readonly string[])[] {
  const kindOf = ({ claim }: GateRow): string => claim.split('/')[0] ?? claim;
  const kinds = [...new Set([...gates, ...ahead].map(kindOf))];
  return kinds.map((kind) => {
    const [now, later] = [gates, ahead].map((rows) => rows.filter((row) => kindOf(row) === kind));
    return [kind, inWords(now ?? []), inWords(later ?? [])];
  });
}

function inWords(rows: readonly GateRow[]): string {
  const [first] = rows;
  if (first === undefined) return '-';
  if (rows.length === 1) return first.state;
  const open = rows.filter(({ holds }) => !holds).map(({ claim }) => claim.split('/')[1] ?? claim);
  return `${rows.length - open.length} of ${rows.length} hold${names(open, ', not: ')}`;
}

function names(all: readonly string[], before: string): string {
  if (all.length === 0) return '';
  const rest = all.length > maxNames ? ` and ${all.length - maxNames} more` : '';
  return `${before}${all.slice(0, maxNames).join(', ')}${rest}`;
}
