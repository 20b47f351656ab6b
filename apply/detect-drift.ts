import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gauge, type Gauge } from '../clients/pushgateway';
import { formatPlannedChanges } from '../delivery/planned-changes';
import type { RootModule } from '../delivery/root-module';
import { planModule, type Patience } from './plan-module';

/** What a night found of one stack; the numbers are the exit statuses of `plan -detailed-exitcode`. */
export interface DriftOfStack {
  readonly stack: string;
  /** 0: as it is declared. 1: nobody knows. 2: other than it is declared. */
  readonly state: 0 | 1 | 2;
  readonly says: string;
  /** What the tree holds of it was never applied, so that it is no drift. */
  readonly unapplied: boolean;
}

export interface DetectDriftProps {
  readonly stacks: readonly {
    readonly name: string;
    readonly module: RootModule;
    readonly unapplied: boolean;
  }[];
  readonly wait: Patience;
  /** From then on nothing more is planned: what is left counts as not checked. */
  readonly untilMs: number;
  readonly nowMs: () => number;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Plans every stack and changes none; what cannot be planned is counted, and the others are still looked at. */
export async function detectDrift(props: DetectDriftProps): Promise<readonly DriftOfStack[]> {
  const { stacks, wait, untilMs, nowMs, tell, signal } = props;
  const folder = mkdtempSync(join(tmpdir(), 'drift-'));
  const found: DriftOfStack[] = [];
  try {
    for (const [index, { name: stack, module, unapplied }] of stacks.entries()) {
      if (nowMs() >= untilMs || signal.aborted) {
        found.push({ stack, state: 1, says: 'no time was left for it', unapplied });
        continue;
      }
      tell(`plan ${stack} (${index + 1} of ${stacks.length})`);
      const file = join(folder, 'plan');
      const planned = await planModule(module, file, wait);
      // It holds secrets, and the next one is another's.
      rmSync(file, { force: true });
      if ('fault' in planned) found.push({ stack, state: 1, says: planned.says, unapplied });
      else {
        const { objectsChange, stops } = planned.verdict;
        const isWhole = !stops.some((stop) => stop.includes('"errored"') || stop.includes('"complete"'));
        const state = objectsChange ? 2 : isWhole ? 0 : 1;
        const says = state === 1 ? stops.join('; ') : formatPlannedChanges(stack, planned.changes);
        found.push({ stack, state, says, unapplied });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

/** The job under which a night stands in the Pushgateway. */
export const driftJob = 'drift-detection';

/**
 * A night as metrics, under the names that the tree's dashboards know.
 *
 * @param firstSeen Unix seconds since when each stack drifts, as the night before said
 */
export function driftGauges(
  found: readonly DriftOfStack[],
  firstSeen: ReadonlyMap<string, number>,
  nowMs: number,
): readonly Gauge[] {
  const now = Math.floor(nowMs / 1000);
  // What drifted, and cannot be looked at tonight, was not seen healed.
  const drifting = found.filter(
    ({ stack, state, unapplied }) => !unapplied && (state === 2 || (state === 1 && firstSeen.has(stack))),
  );
  const since = ({ stack }: DriftOfStack): number => Math.min(firstSeen.get(stack) ?? now, now);
  const of = (
    name: string,
    help: string,
    stacks: readonly DriftOfStack[],
    value: (one: DriftOfStack) => number,
  ): Gauge => ({
    ...{ name, help },
    samples: stacks.map((one) => ({ labels: { stack: one.stack }, value: value(one) })),
  });
  const count = (wanted: DriftOfStack['state']): number =>
    found.filter(({ state }) => state === wanted).length;
  return [
    of('drift_stack_state', '0 as declared, 1 not known, 2 other than declared', found, ({ state }) => state),
    of('drift_stack_unapplied', 'what the tree holds was never applied', found, ({ unapplied }) =>
      unapplied ? 1 : 0,
    ),
    of('drift_stack_first_seen', 'since when it drifts', drifting, since),
    of('drift_stack_age_hours', 'how long it drifts', drifting, (stack) => (now - since(stack)) / 3600),
    gauge('drift_stack_count', 'stacks that are other than declared', count(2)),
    gauge('drift_error_count', 'stacks of which nobody knows', count(1)),
    gauge('drift_clean_count', 'stacks that are as declared', count(0)),
    gauge('drift_stacks_checked', 'stacks that were really looked at', count(0) + count(2)),
    gauge('drift_detection_last_run_timestamp', 'when a night ended', now),
  ].filter(({ samples }) => samples.length > 0);
}
