import { forEachConcurrently, Semaphore } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import { onceEach, partsOf, servedOf, type LookAt } from '../../evidence/whole-image';
import { Refused } from '../../steps/refused';
import { Stopped } from '../../steps/perform';
import type { Terminal } from '../../terminal/terminal';
import type { CopyItem } from './decide';
import { longMs, removeAbandonedLogins, startEngine, type Engine } from './engine';
import { planCopy, sweepHours, type CopyPlan, type CopyProps } from './plan';

export interface PerformCopyProps extends CopyProps {
  readonly environment: Terminal['environment'];
  /** Path of regbot, or its name on PATH. */
  readonly engine: string;
  /** Ends the work behind the images that are under way. @default nobody does */
  readonly signal?: AbortSignal;
  /** @default now */
  readonly plan?: CopyPlan;
  /** @default the machine's clock */
  readonly now?: () => number;
}

/** Repositories at a time; of one repository, a tag at a time. */
const parallel = 4;
/** Of as many failures the rest would die too. */
const maxFailures = 5;

/**
 * Copies what the target has not, and repairs what it has in part. Whatever ends it, the same call goes on: the target
 * itself is what says how far it came. Answers what it copied, each seen whole at the target.
 * @throws Refused with every fault of the plan; {@link Stopped} naming what failed, with everything else done
 */
export async function performCopy(props: PerformCopyProps): Promise<readonly CopyItem[]> {
  const { estate, sources, environment, engine: program, signal, now = Date.now } = props;
  const { tell = (): void => undefined } = props;
  removeAbandonedLogins();
  const plan = props.plan ?? (await planCopy(props));
  if (plan.faults.length > 0) throw new Refused(plan.faults);
  const todo = plan.items.filter(({ state }) => state !== 'whole' && state !== 'other');
  if (todo.length === 0) return [];
  const hosts = [...new Set(todo.map(({ from }) => from.host))];
  const engine = await startEngine({ estate, sources, hosts, environment, program });
  const requests = new Semaphore(16);
  const lookAt = onceEach(requests, (repository, blob) => sources.target.statBlob(repository, blob));
  const target: Target = { client: sources.target, requests, lookAt };
  const copied = new Set<CopyItem>();
  const failures: string[] = [];
  let ended = false;
  const isEnded = (): boolean => {
    if (signal?.aborted === true || failures.length >= maxFailures) ended = true;
    if (!ended && now() - plan.surveyedAtMs > sweepHours * 3_600_000) {
      ended = true;
      failures.push(
        `copy: the target was looked at more than 24 h ago, and Forgejo has swept since what no manifest refers to; look again`,
      );
    }
    return ended;
  };
  const finish = async (item: CopyItem, sent: string | undefined): Promise<void> => {
    const name = `${item.to.repository}:${item.to.tag}`;
    const fault = sent ?? (await faultOf(makeWhole(engine, target, item)));
    if (fault === undefined) copied.add(item);
    else failures.push(`${name}: was not copied, got ${fault}`);
    tell(`${copied.size}/${todo.length} ${fault === undefined ? item.state : 'failed'} ${name}`);
  };
  /** While one is sent, the next is asked for and the last looked at: the engine waits for neither, unless that took long. */
  const copyInOrder = async (items: readonly CopyItem[]): Promise<void> => {
    const behind: Promise<void>[] = [];
    let asked: Promise<string | undefined> | undefined;
    for (const [at, item] of items.entries()) {
      if (isEnded()) break;
      const moved = await (asked ?? faultOf(movedSince(target, item)));
      const next = items[at + 1];
      asked = next === undefined ? undefined : faultOf(movedSince(target, next));
      const askedMs = now();
      behind.push(finish(item, moved ?? (await faultOf(send(engine, item)))));
      if (now() - askedMs > longMs) asked = undefined;
    }
    await Promise.all(behind);
  };
  try {
    await forEachConcurrently(byRepository(todo), parallel, copyInOrder);
  } finally {
    await engine.end();
  }
  if (isEnded() || failures.length > 0)
    throw new Stopped(
      [
        ...(signal?.aborted === true ? ['copy: stopped by its operator'] : []),
        ...failures,
        `${copied.size} of ${todo.length} copied; the same call goes on`,
      ].join('\n'),
    );
  return todo.filter((item) => copied.has(item));
}

function byRepository(items: readonly CopyItem[]): Iterable<readonly CopyItem[]> {
  const repositories = new Map<string, CopyItem[]>();
  for (const item of items)
    repositories.set(item.to.repository, [...(repositories.get(item.to.repository) ?? []), item]);
  return repositories.values();
}

interface Target {
  readonly client: RegistryClient;
  readonly requests: Semaphore;
  /** A layer that many tags share is looked at once. */
  readonly lookAt: LookAt;
}

/** What a pipeline that pushes to both sides may have done since the plan. */
async function movedSince({ client, requests }: Target, item: CopyItem): Promise<string | undefined> {
  const { repository, tag } = item.to;
  const now = (await requests.run(() => servedOf(client, repository, tag)))?.digest;
  if (now === item.there || now === item.digest) return undefined;
  return `${now ?? 'no tag'} there, and it was ${item.there ?? 'no tag'} when it was looked at; the same call looks again`;
}

async function send(engine: Engine, item: CopyItem): Promise<string | undefined> {
  if (item.state !== 'half') return engine.copyTag(item);
  // Part by part: a manifest that is pushed again is a new version to Forgejo, and ages from then on.
  for (const part of item.missing) {
    const fault = await engine.copyPart(item, part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Looks at what was sent, and sends it again with all that is below it if it is not whole. */
async function makeWhole(engine: Engine, target: Target, item: CopyItem): Promise<string | undefined> {
  if ((await missingOf(target, item)).length === 0) return undefined;
  const moved = await movedSince(target, item);
  if (moved !== undefined) return moved;
  const fault = await engine.copyTag(item, true);
  const missing = await missingOf(target, item);
  if (missing.length === 0) return undefined;
  return `${fault ?? 'an end without an error'}, and the target lacks ${missing.join(', ')}; "./registry copy verify" says what to do with damaged parts`;
}

async function missingOf({ client, requests, lookAt }: Target, item: CopyItem): Promise<readonly string[]> {
  const { repository, tag } = item.to;
  const served = await requests.run(() => servedOf(client, repository, tag));
  const digest = served?.digest;
  if (digest !== item.digest) return [`${tag}, which is ${digest ?? 'not there'} and not ${item.digest}`];
  const { missing } = await partsOf(client, repository, digest, { requests, served, lookAt });
  return missing.map((part) => `${part.digest} (${part.how})`);
}

/** A failure is a fault of its image, and the others are copied. */
function faultOf(work: Promise<string | undefined>): Promise<string | undefined> {
  return work.catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
}
