import { withCutOver } from '../../estate/derived/cutover-order';
import type { Estate } from '../../estate/estate';
import type { Look } from '../../evidence/measured';
import { stoppedByOperator, type Cluster } from '../../rollout/kubectl';
import { labelOf } from './consumers';
import type { CutoverPlan, Move } from './plan';
import { generationOf, isRolling, restart, rolledOut, setImages } from './rollout';
import { verify } from './verify';

/** How what was planned becomes true. */
export interface CutoverMeans {
  readonly cluster: Cluster;
  /** Records in `estate/` whether it has moved. */
  readonly record: (cutOver: boolean) => void;
  /** Delivers what an estate says of the mover, and applies it; rejects where that fails. */
  readonly bring: (estate: Estate) => Promise<void>;
  readonly tell: (line: string) => void;
  /** In which a rollout, or the pull of a canary, has to be done. @default 600 */
  readonly rolloutSeconds?: number;
  /** Ends what runs; then nothing more is begun, the way back neither. @default nobody does */
  readonly signal?: AbortSignal;
}

/** How it ended; `stuck` is neither here nor there, and a person has to look; `stopped` by its operator, it goes on or back. */
export interface CutoverResult {
  readonly state: 'done' | 'rolled back' | 'stuck' | 'stopped';
  /** What was seen, in order, the way back included. */
  readonly looks: readonly Look[];
}

/**
 * Does what a plan shows, sees that it runs, and where it does not, goes back to the references of before and sees that
 * these run. What was killed is done again by the same call.
 */
export async function performCutover(plan: CutoverPlan, means: CutoverMeans): Promise<CutoverResult> {
  const { estate, moves, to, mover } = plan;
  const isCutover = to === 'forgejo';
  const isStopped = (): boolean => means.signal?.aborted === true;
  const forward = await bringAbout(estate.after, isCutover, moves, means);
  if (forward.every(({ holds }) => holds)) return { state: 'done', looks: forward };
  if (isStopped()) return { state: 'stopped', looks: forward };
  const ranThereBefore = moves.every(({ before, after }) => before === after);
  if (!isCutover || (mover.cutOver && ranThereBefore)) return { state: 'stuck', looks: forward };
  means.tell(`${mover.name}: goes back to what it ran before`);
  const back = moves.map((move) => ({ ...move, after: move.previous, before: move.after }));
  const backward = await bringAbout(withCutOver(estate.before, mover.name, false), false, back, means);
  const isBack = backward.every(({ holds }) => holds);
  const state = isBack ? 'rolled back' : isStopped() ? 'stopped' : 'stuck';
  return { state, looks: [...forward, ...backward] };
}

async function bringAbout(
  estate: Estate,
  cutOver: boolean,
  moves: readonly Move[],
  { cluster, record, bring, tell, rolloutSeconds = 600, signal }: CutoverMeans,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const part = async (what: string, work: () => Promise<string>): Promise<boolean> => {
    tell(what);
    try {
      if (signal?.aborted === true) throw new Error(stoppedByOperator);
      looks.push({ what, holds: true, saw: await work() });
      return true;
    } catch (error) {
      looks.push({ what, holds: false, saw: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  const generations = new Map<Move, number>();
  const deliver = async (): Promise<string> => {
    for (const move of moves)
      if (isRolling(move.consumer)) generations.set(move, await generationOf(move.consumer, cluster));
    record(cutOver);
    await bring(estate);
    return 'done';
  };
  const ofMove = (move: Move): readonly (readonly [string, () => Promise<string>])[] => {
    const { consumer, after } = move;
    const label = `${labelOf(consumer)} on ${after}`;
    const rolls = isRolling(consumer);
    const parts: (readonly [string, () => Promise<string>])[] = [
      ...(rolls || consumer.kind === 'CronJob'
        ? [['is told', () => setImages(estate, move, cluster)] as const]
        : []),
      ...(rolls
        ? [
            ...(cutOver
              ? [['restarts', () => restart(consumer, cluster, generations.get(move))] as const]
              : []),
            ['is rolled out', () => rolledOut(move, cluster, rolloutSeconds)] as const,
          ]
        : []),
      ['is what runs, and was pulled', () => verify(move, cluster, rolloutSeconds)],
    ];
    return parts.map(([does, work]) => [`${label}: ${does}`, work]);
  };
  const what = cutOver ? 'deliver and apply' : 'deliver and apply what was before';
  const parts = [[what, deliver] as const, ...moves.flatMap(ofMove)];
  for (const [at, [each, work]] of parts.entries()) {
    if (await part(each, work)) continue;
    if (signal?.aborted === true)
      for (const [rest] of parts.slice(at + 1)) looks.push({ what: rest, holds: false, saw: 'not begun' });
    break;
  }
  return looks;
}
