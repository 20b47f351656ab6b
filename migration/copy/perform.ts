import { forEachConcurrently, Semaphore } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import type { Descriptor } from '../../clients/oci/manifest';
import { partsOf, servedOf } from '../../evidence/whole-image';
import { Refused } from '../../steps/refused';
import { Stopped } from '../../steps/perform';
import type { Terminal } from '../../terminal/terminal';
import type { CopyItem } from './decide';
import { removeAbandonedLogins, startEngine, type Engine } from './engine';
import { planCopy, sweepHours, type CopyPlan, type CopyProps } from './plan';

export interface PerformCopyProps extends CopyProps {
  readonly environment: Terminal['environment'];
  /** Path of regctl. @default the one of PATH */
  readonly engine?: string;
  /** Ends the work behind the images that are under way. @default nobody does */
  readonly signal?: AbortSignal;
  /** @default now */
  readonly plan?: CopyPlan;
  /** @default the machine's clock */
  readonly now?: () => number;
}

export interface Copied {
  readonly plan: CopyPlan;
  /** As they were planned; each was seen whole at the target afterwards. */
  readonly copied: readonly CopyItem[];
}

/** Repositories at a time; of one repository, a tag at a time. */
const parallel = 4;
/** Of as many failures the rest would die too. */
const maxFailures = 5;

/**
 * Copies what the target has not, and repairs what it has in part. Whatever ends it, the same call goes on: the target
 * itself is what says how far it came.
 * @throws Refused with every fault of the plan; {@link Stopped} naming what failed, with everything else done
 */
export async function performCopy(props: PerformCopyProps): Promise<Copied> {
  const { estate, sources, environment, engine: program, signal, now = Date.now } = props;
  const { tell = (): void => undefined } = props;
  removeAbandonedLogins();
  const plan = props.plan ?? (await planCopy(props));
  if (plan.faults.length > 0) throw new Refused(plan.faults);
  const todo = plan.items.filter(({ state }) => state !== 'whole' && state !== 'other');
  if (todo.length === 0) return { plan, copied: [] };
  const hosts = [...new Set(todo.map(({ from }) => from.host))];
  const engine = await startEngine({
    ...{ estate, sources, hosts, environment },
    ...(program === undefined ? {} : { program }),
  });
  const requests = new Semaphore(16);
  const seen = new Set<string>();
  const copied: CopyItem[] = [];
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
  const copyOne = async (item: CopyItem): Promise<void> => {
    const name = `${item.to.repository}:${item.to.tag}`;
    const fault = await copyItem(engine, sources.target, item, { requests, seen }).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (fault === undefined) copied.push(item);
    else failures.push(`${name}: was not copied, got ${fault}`);
    tell(`${copied.length}/${todo.length} ${fault === undefined ? item.state : 'failed'} ${name}`);
  };
  try {
    await forEachConcurrently(byRepository(todo), parallel, async (items) => {
      for (const item of items) if (!isEnded()) await copyOne(item);
    });
  } finally {
    engine.end();
  }
  if (isEnded() || failures.length > 0)
    throw new Stopped(
      [
        ...(signal?.aborted === true ? ['copy: stopped by its operator'] : []),
        ...failures,
        `${copied.length} of ${todo.length} copied; the same call goes on`,
      ].join('\n'),
    );
  return { plan, copied };
}

function byRepository(items: readonly CopyItem[]): Iterable<readonly CopyItem[]> {
  const repositories = new Map<string, CopyItem[]>();
  for (const item of items)
    repositories.set(item.to.repository, [...(repositories.get(item.to.repository) ?? []), item]);
  return repositories.values();
}

/** Copies a tag, or what of it is missing, and looks at it; resolves to why it is not whole. */
async function copyItem(
  engine: Engine,
  target: RegistryClient,
  item: CopyItem,
  { requests, seen }: { readonly requests: Semaphore; readonly seen: Set<string> },
): Promise<string | undefined> {
  const { repository, tag } = item.to;
  // A pipeline that pushes to both sides may have been here since.
  const now = (await requests.run(() => servedOf(target, repository, tag)))?.digest;
  if (now !== item.there && now !== item.digest)
    return `${now ?? 'no tag'} there, and it was ${item.there ?? 'no tag'} when it was looked at; the same call looks again`;
  if (item.state === 'half') {
    // Part by part: a manifest that is pushed again is a new version to Forgejo, and ages from then on.
    for (const { kind, digest } of item.missing) {
      const fault =
        kind === 'blob' ? await engine.copyBlob(item, digest) : await engine.copyManifest(item, digest);
      if (fault !== undefined) return fault;
    }
  } else {
    const fault = await engine.copyTag(item);
    if (fault !== undefined) return fault;
  }
  const lacks = async (): Promise<readonly string[]> => {
    const served = await requests.run(() => servedOf(target, repository, tag));
    const digest = served?.digest;
    if (digest !== item.digest) return [`${tag}, which is ${digest ?? 'not there'} and not ${item.digest}`];
    // A layer that many tags share is looked at once.
    const lookAt = async (_: string, blob: Descriptor): Promise<unknown> => {
      const key = `${repository}@${blob.digest}`;
      if (seen.has(key)) return undefined;
      const head = await target.statBlob(repository, blob);
      seen.add(key);
      return head;
    };
    return (await partsOf(target, repository, digest, { requests, served, lookAt })).missing.map(
      (part) => `${part.digest} (${part.how})`,
    );
  };
  if ((await lacks()).length === 0) return undefined;
  const fault = await engine.copyTag(item, true);
  const missing = await lacks();
  if (missing.length === 0) return undefined;
  return `${fault ?? 'an end without an error'}, and the target lacks ${missing.join(', ')}; "./registry copy verify" says what to do with damaged parts`;
}
