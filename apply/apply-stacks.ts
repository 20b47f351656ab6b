import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { terraformSaid } from '../delivery/terraform-said';
import { Refused } from '../steps/refused';
import { turnOf, whyNot, type Turn } from './apply-set';
import type { StackOutcome } from './outcome';
import { patiently } from './plan-module';
import {
  planFile,
  plansFileName,
  sha256Of,
  type PlannedStack,
  type Plans,
  type PlanStacksProps,
} from './plan-stacks';
import type { StackRecord } from './record';
import type { Stack } from './stack';
import { terraformFault } from './terraform-fault';

export interface ApplyStacksProps extends PlanStacksProps {
  /** How long a run that says nothing is taken to be running. @default 180 */
  readonly leaseSeconds?: number;
  /** How long it is waited for. @default 300 */
  readonly waitSeconds?: number;
  readonly signal: AbortSignal;
}

/**
 * Applies exactly the plans that were saved, a stack after the other, and records each. What fails ends its own stack
 * alone. A run that was killed is finished by the next one.
 *
 * @throws {@link Refused} when the plans are those of another commit, or not as they were written
 */
export async function applyStacks(props: ApplyStacksProps): Promise<readonly StackOutcome[]> {
  const { folder, stacks, tell } = props;
  const plans = readPlans(props);
  const outcomes: StackOutcome[] = [];
  for (const planned of plans.stacks) {
    const stack = stacks.find(({ name }) => name === planned.stack);
    tell(`apply ${planned.stack}`);
    outcomes.push(
      await applyOne(props, planned, stack).catch((error: unknown) =>
        endOf(planned)('failed', messageOf(error)),
      ),
    );
    if (planned.sha256 !== undefined) rmSync(planFile(folder, planned.stack), { force: true });
  }
  rmSync(join(folder, plansFileName));
  return outcomes;
}

function readPlans({ folder, checkout: { commit }, stacks }: ApplyStacksProps): Plans {
  const file = join(folder, plansFileName);
  if (!existsSync(file))
    throw new Refused([`${file}: is not there, got no plans; ./registry stacks plan makes them`]);
  const plans = parsed(file);
  const faults = [
    ...(plans.commit === commit
      ? []
      : [`${file}: is of another commit, got ${plans.commit}; plan again at ${commit}`]),
    ...plans.stacks.flatMap(({ stack: name, hash, sha256 }) => {
      const path = planFile(folder, name);
      const found = stacks.find((stack) => stack.name === name);
      if (found !== undefined && found.hash !== hash)
        return [`${name}: is not what was planned any more, got content ${found.hash}; plan again`];
      const is = sha256 === undefined ? undefined : existsSync(path) ? sha256Of(path) : 'no file';
      return is === sha256 ? [] : [`${path}: is not the plan that was reviewed, got ${is ?? ''}; plan again`];
    }),
  ];
  if (faults.length > 0) throw new Refused(faults);
  return plans;
}

function parsed(file: string): Plans {
  try {
    const plans = JSON.parse(readFileSync(file, 'utf8')) as Plans | null;
    if (typeof plans?.commit === 'string' && Array.isArray(plans.stacks)) return plans;
  } catch {
    // Told below.
  }
  throw new Refused([`${file}: is not as ./registry stacks plan wrote it, got other text; plan again`]);
}

async function applyOne(
  props: ApplyStacksProps,
  planned: PlannedStack,
  stack: Stack | undefined,
): Promise<StackOutcome> {
  const { checkout, ledger, signal } = props;
  const { outcome, hash } = planned;
  const ours = { commit: checkout.commit, hash };
  const ends = endOf(planned);
  if (outcome === 'unchanged') {
    // The newest commit that wants it: what was planned between the two is older than this one from now on.
    let turn: Turn = 'unchanged';
    await ledger.change(planned.stack, (record) => {
      turn = turnOf(record, ours, checkout.standsTo, props.nowMs());
      const isNewer = record.applied !== undefined && checkout.standsTo(record.applied.commit) === 'newer';
      return turn === 'unchanged' && isNewer ? { applied: ours } : undefined;
    });
    const now = turn as Turn;
    if (now === 'unchanged') return planned;
    return now === 'older'
      ? ends('older', whyNot(now, ours.commit))
      : ends('failed', 'another run changed it since it was planned; run it again');
  }
  if (outcome !== 'due' && outcome !== 'recorded') return planned;
  if (stack === undefined) return ends('failed', 'the estate names it no more; plan again');
  if (signal.aborted) return ends('failed', calledOff);
  const claim = new Claim(props, planned.stack, ours);
  const turn = await claim.take();
  if (turn === 'unchanged') return ends('unchanged', 'another run applied it');
  if (turn === 'running')
    return props.signal.aborted
      ? ends('failed', calledOff)
      : ends('locked', 'another run applies it; the next run looks again');
  if (turn !== 'begin') return ends(turn === 'older' ? 'older' : 'refused', whyNot(turn, ours.commit));
  if (outcome === 'recorded' && stack.byHand) {
    await claim.end(true);
    return planned;
  }
  const renewing = claim.keep();
  try {
    const done = await applyPlan(props, planned, stack);
    clearInterval(renewing);
    await claim.end(done.outcome === 'applied');
    // A plan without a change is applied too: Terraform refuses it where somebody changed the state since it was made.
    return outcome === 'recorded' && done.outcome === 'applied' ? planned : done;
  } finally {
    clearInterval(renewing);
  }
}

const calledOff = 'called off before it was begun';

/** Makes what became of a stack, from what was planned. */
function endOf(planned: PlannedStack): (outcome: StackOutcome['outcome'], says: string) => StackOutcome {
  return (outcome, says) => ({ ...planned, outcome, says: [says] });
}

/** A run's turn on one stack, which it holds as long as it says so. */
class Claim {
  readonly #holder = randomUUID();

  constructor(
    private readonly props: ApplyStacksProps,
    private readonly stack: string,
    private readonly ours: { readonly commit: string; readonly hash: string },
  ) {}

  async take(): Promise<Turn> {
    const { ledger, checkout, nowMs, waitSeconds = 300, signal } = this.props;
    for (const until = nowMs() + 1000 * waitSeconds; ;) {
      let turn: Turn = 'begin';
      await ledger.change(this.stack, (record) => {
        turn = turnOf(record, { ...this.ours, holder: this.#holder }, checkout.standsTo, nowMs());
        return turn === 'begin' ? { ...record, begun: this.#begun() } : undefined;
      });
      if ((turn as Turn) !== 'running' || nowMs() >= until || signal.aborted) return turn;
      await sleep(Math.min(5000, 1000 * waitSeconds));
    }
  }

  /** Says from time to time that it is still there; who is away for longer has to reckon with another one. */
  keep(): NodeJS.Timeout {
    const renew = (): void => {
      this.#ifOurs((record) => ({ ...record, begun: this.#begun() })).catch((error: unknown) => {
        this.props.tell(`${this.stack}: could not say that it is still there, got ${messageOf(error)}`);
      });
    };
    return setInterval(renew, 1000 * (this.#leaseSeconds / 3));
  }

  async end(done: boolean): Promise<void> {
    const isEnded = await this.#ifOurs(({ applied, begun }) =>
      done || begun === undefined
        ? { applied: this.ours }
        : { ...(applied === undefined ? {} : { applied }), begun: { ...begun, untilMs: 0 } },
    );
    if (done && !isEnded)
      throw new Error('applied, but another run took over meanwhile; it plans again and records');
  }

  async #ifOurs(change: (record: StackRecord) => StackRecord): Promise<boolean> {
    let isOurs = false;
    await this.props.ledger.change(this.stack, (record) => {
      const isNow = record.begun?.holder === this.#holder;
      // Once it was, even when it is asked again because Vault's answer got lost.
      isOurs ||= isNow;
      return isNow ? change(record) : undefined;
    });
    return isOurs;
  }

  get #leaseSeconds(): number {
    return this.props.leaseSeconds ?? 180;
  }

  #begun(): NonNullable<StackRecord['begun']> {
    const untilMs = Math.round(this.props.nowMs() + 1000 * this.#leaseSeconds);
    return { ...this.ours, holder: this.#holder, untilMs };
  }
}

async function applyPlan(
  { folder, wait }: ApplyStacksProps,
  planned: PlannedStack,
  { module }: Stack,
): Promise<StackOutcome> {
  const file = planFile(folder, planned.stack);
  const ran = await patiently(
    () => module.apply(file),
    wait,
    ({ stdout }) => !hasBegun.test(stdout),
  );
  if (ran.code === 0) return { ...planned, outcome: 'applied' };
  const fault = terraformFault(ran);
  if (fault === 'locked' && !hasBegun.test(ran.stdout))
    return endOf(planned)('locked', 'its state is locked by somebody else; the next run looks again');
  const says =
    fault === 'stale'
      ? 'its state is another than the one that was planned on; run it again, and read the new plan'
      : `Terraform could not apply it, got ${terraformSaid(ran).join(' | ')}; what is done stays done: run it again`;
  return endOf(planned)('failed', says);
}

/** From the first of these lines on the same plan does not fit any more. */
const hasBegun = /: (?:Creating|Modifying|Destroying|Reading)\.\.\./u;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
