import { unifiedDiff } from '../terminal/diff';
import type { Change } from './change';
import type { Delivery } from './deliver';

/** The plan for a reader: each file, why, the HCL that declares the same addresses, and a diff of each edit. */
export function formatDelivery({ changes, notes, replaced, todo }: Omit<Delivery, 'write'>): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [[title, ...lines.map((line) => `  ${line}`)].join('\n')];
  const blocks = [
    ...list('the next apply would destroy these and create them anew:', replaced),
    ...changes.map(formatChange),
    ...list('to know:', notes),
    ...list(
      'left to do by hand:',
      todo.flatMap(({ what, commands }) => [`[ ] ${what}`, ...commands.map((command) => `      ${command}`)]),
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function formatChange(change: Change): string {
  const size = change.after === undefined ? '' : ` (${Buffer.byteLength(change.after)} bytes)`;
  return [
    `${change.kind} ${change.path}${size}: ${change.why}`,
    ...(change.takesOver ?? []).map(
      ({ address, path, line }) => `  ${address} is declared at ${path}:${line}`,
    ),
    ...(change.before !== undefined && change.after !== undefined ? [diffOf(change)] : []),
  ].join('\n');
}

function diffOf({ path, before, after }: Change): string {
  return unifiedDiff({ name: `a/${path}`, text: before }, { name: `b/${path}`, text: after })
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
