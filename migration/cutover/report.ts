import { renderTable } from '../../terminal/table';
import { labelOf } from './consumers';
import type { CutoverPlan } from './plan';

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
