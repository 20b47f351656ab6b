import type { Look } from '../../evidence/measured';
import { renderTable } from '../../terminal/table';
import { printable } from '../../clients/printable';
import { labelOf } from './consumers';
import type { CutoverPlan } from './plan';

/** What registries and the cluster said is cut and kept on its line. */
const maxShown = 1_000;

/** What becomes different, for a reader. */
export function formatCutover({ mover, to, moves, notes }: CutoverPlan): string {
  const place = to === 'forgejo' ? 'to Forgejo' : 'back to where it was';
  const rows = moves.map(({ consumer, before, after, digests: { source, target } }) => [
    labelOf(consumer),
    consumer.containers.map(({ name }) => name).join(', '),
    ...[before, after],
    source === undefined || target === undefined ? 'on one side alone' : source === target ? 'yes' : 'no',
    (source ?? target ?? '').slice(0, 'sha256:'.length + 12),
    (consumer.template.imagePullSecrets ?? []).map(({ name }) => name).join(', ') || 'of its account',
  ]);
  return [
    `${mover.name} moves ${place}: ${moves.length} references\n`,
    renderTable(['CONSUMER', 'CONTAINERS', 'BEFORE', 'AFTER', 'SAME DIGEST', 'DIGEST', 'PULL SECRET'], rows),
    ...notes.map((note) => `note: ${note}\n`),
  ].join('');
}

/** What was seen, for a reader. */
export function formatLooks(looks: readonly Look[]): string {
  const rows = looks.map(({ holds, what, saw }) => [
    holds ? 'well' : 'not so',
    what,
    printable(saw, maxShown),
  ]);
  return renderTable(['', 'WHAT', 'SAW'], rows);
}
