import fc from 'fast-check';
import { forEachConcurrently } from '../../clients/concurrency';
import { play, type MakeWorld, type Pace, type Script } from './hostile-run';

/** The same scripts in every run; another number, others. */
export const SEED = Number(process.env['HOSTILE_SEED'] ?? 20261128);
export const SCRIPTS = Number(process.env['HOSTILE_SCRIPTS'] ?? 1_000);
/** Side by side, since most of them wait. */
const AT_A_TIME = 32;

const HONEST: Script = { faults: [], stranger: 'silence', scheme: 'bearer', interruption: null };
const PATIENT: Pace = { deadlineSeconds: 120, timeoutMs: 30_000 };

/** What honest servers let the program do. */
export function playHonest(make: MakeWorld): ReturnType<typeof play> {
  return play(HONEST, PATIENT, make);
}

/** As much slower as the machine is: what honest runs take beside each other is not to look like a silent server. */
async function paceOf(make: MakeWorld): Promise<Pace> {
  let slowestMs = 0;
  await forEachConcurrently(Array(AT_A_TIME / 2).keys(), AT_A_TIME, async () => {
    slowestMs = Math.max(slowestMs, (await playHonest(make)).ending.elapsedMs);
  });
  const times = (factor: number, least: number, most: number): number =>
    Math.round(Math.min(Math.max(factor * slowestMs, least), most));
  return { deadlineSeconds: times(4, 1_500, 10_000) / 1000, timeoutMs: times(0.5, 200, 3_000) };
}

/**
 * Plays all scripts; throws with the first that broke a promise, made as small as it gets. Answers how many runs ended with
 * each exit code, and in how many each kind of answer came about.
 */
export async function playAll(
  arbitrary: fc.Arbitrary<Script>,
  make: MakeWorld,
): Promise<Readonly<Record<'codes' | 'played', Readonly<Record<string, number>>>>> {
  const codes: Record<string, number> = {};
  const played: Record<string, number> = {};
  const count = (counts: Record<string, number>, key: string | number): unknown =>
    (counts[key] = (counts[key] ?? 0) + 1);
  const failures: { place: number; script: Script; broken: readonly string[] }[] = [];
  const pace = await paceOf(make);
  const sample = fc.sample(arbitrary, { seed: SEED, numRuns: SCRIPTS });
  await forEachConcurrently(sample.entries(), AT_A_TIME, async ([place, script]) => {
    const { broken, ending } = await play(script, pace, make);
    count(codes, ending.code);
    for (const kind of new Set(ending.stage.played)) count(played, kind);
    if (broken.length > 0) failures.push({ place, script, broken });
  });
  const [first] = failures.sort((a, b) => a.place - b.place);
  if (first === undefined) return { codes, played };
  const smallest = await shrunk(arbitrary, first.place, pace, make);
  throw new Error(
    [
      `${failures.length} of ${SCRIPTS} scripts broke a promise, with HOSTILE_SEED=${SEED}; the first is number ${first.place}:`,
      JSON.stringify(first.script),
      ...first.broken,
      ...failures.slice(1, 12).map(({ place, broken }) => `${place}: ${broken.join('; ').slice(0, 300)}`),
      smallest,
    ].join('\n'),
  );
}

async function shrunk(
  arbitrary: fc.Arbitrary<Script>,
  place: number,
  pace: Pace,
  make: MakeWorld,
): Promise<string> {
  let broken: readonly string[] = [];
  const { counterexample } = await fc.check(
    fc.asyncProperty(arbitrary, async (script) => {
      const found = await play(script, pace, make);
      if (found.broken.length > 0) broken = found.broken;
      return found.broken.length === 0;
    }),
    { seed: SEED, path: String(place), numRuns: SCRIPTS, interruptAfterTimeLimit: 60_000 },
  );
  return counterexample === null
    ? 'it does not happen alone'
    : `alone and smaller: ${JSON.stringify(counterexample[0])}\n${broken.join('\n')}`;
}
