import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareDelivery } from '../../delivery/deliver';
import { imagesFileName } from '../../delivery/folder';
import { chosenStacks } from '../../delivery/chosen-stacks';
import { synthesizedDeliverables } from '../../delivery/of-estate';
import { pipelineDifferences } from '../../delivery/pipeline-images';
import { stackFolderIn, withPlan } from '../../delivery/plan-in-tree';
import { formatPlannedChanges, plannedChanges } from '../../delivery/planned-changes';
import { formatDelivery } from '../../delivery/report';
import { openWorkTree } from '../../delivery/work-tree';
import type { Estate } from '../../estate/estate';
import { formatLooks } from '../../evidence/measured';
import type { Sources } from '../../evidence/sources';
import { clusterBy, stoppedByOperator } from '../../rollout/kubectl';
import type { Run } from '../../rollout/run-command';
import { Stopped } from '../../steps/perform';
import { Refused } from '../../steps/refused';
import { programName } from '../../terminal/command';
import { unifiedDiff } from '../../terminal/diff';
import { exit, type ExitCode } from '../../terminal/exit-codes';
import { runningLine } from '../../terminal/progress';
import { shellLine } from '../../terminal/shell-words';
import { renderTable } from '../../terminal/table';
import type { Terminal } from '../../terminal/terminal';
import { labelOf } from './consumers';
import { withCutOverWritten } from './estate-edit';
import { performCutover } from './perform';
import { planCutover, type CutoverPlan, type CutoverProps } from './plan';
import { takeBack } from './take-back';

export interface RunCutoverProps {
  readonly estate: Estate;
  readonly name: string;
  readonly to: CutoverProps['to'];
  readonly into: string;
  readonly apply: boolean;
  readonly registries: Pick<Sources, 'target' | 'sourceOf'>;
  readonly run: Run;
  /** Where the facts are written: the folder `estate`. */
  readonly facts: string;
  readonly now: () => number;
  /** Told when its operator ends it. */
  readonly signal: () => AbortSignal;
}

/** Shows what one app's move changes in estate, tree and cluster, or does it. */
export async function runCutover(props: RunCutoverProps, terminal: Terminal): Promise<ExitCode> {
  const { estate, name, to, into, apply, registries, run, now } = props;
  const cluster = clusterBy(run);
  const plan = await planCutover({ ...{ estate, name, to, cluster, registries }, nowMs: now() });
  const file = join(props.facts, plan.mover.kind === 'app' ? 'apps.ts' : 'woodpecker.ts');
  if (plan.mover.kind === 'pipelines') {
    const differences = deliverablesOf(plan, plan.estate.after).flatMap((each) =>
      each.kind === 'pipeline-images' ? pipelineDifferences(openWorkTree(into).committed, each) : [],
    );
    if (to === 'forgejo' && differences.length > 0) throw new Refused(differences);
  }
  terminal.out(formatCutover(plan));
  // What the tree refuses is refused before anything is begun.
  const delivery = await prepareDelivery(into, deliverablesOf(plan, plan.estate.after));
  const text = readFileSync(file, 'utf8');
  const after = withCutOverWritten(file, text, name, to === 'forgejo');
  if (!apply) {
    if (after !== text)
      terminal.out(unifiedDiff({ name: 'a/estate', text }, { name: 'b/estate', text: after }));
    terminal.out(formatDelivery({ ...delivery, todo: [] }));
    terminal.out(`nothing was changed; --apply does all of it, and sees that it runs\n`);
    return exit.found;
  }
  const signal = props.signal();
  const line = runningLine(terminal);
  const result = await performCutover(plan, {
    ...{ cluster: clusterBy(run, signal), tell: line.show, signal },
    record: (cutOver) => {
      // Killed while it writes, the facts would end in the middle.
      writeFileSync(`${file}.new`, withCutOverWritten(file, readFileSync(file, 'utf8'), name, cutOver));
      renameSync(`${file}.new`, file);
    },
    bring: (wanted) => bring(plan, wanted, { into, environment: terminal.environment, signal }),
  });
  line.end();
  terminal.out(formatLooks(result.looks));
  if (result.state === 'stopped') {
    const back = shellLine([programName, 'rollback', name, '--into', into, '--apply']);
    throw new Stopped(
      `${name}: ${stoppedByOperator}, got as far as is shown; ${file} and ${into} stand as they were left: go on${to === 'source' ? '' : `, or back by ${back}`}`,
    );
  }
  terminal.out(
    {
      done: `${name} has moved; commit ${file} and ${into}\n`,
      'rolled back': `${name} runs what it did before; ${file} and ${into} say so too\n`,
      stuck: `${name} is not as it should be and did not go back; docs/runbooks/cutover.md\n`,
    }[result.state],
  );
  return result.state === 'done' ? exit.done : exit.failed;
}

const deliverablesOf = ({ mover }: CutoverPlan, estate: Estate): ReturnType<typeof chosenStacks> =>
  chosenStacks(synthesizedDeliverables(estate), [mover.kind === 'app' ? mover.name : 'pipelines']);

/** Writes what the estate says into the tree, and applies exactly a plan that destroys and replaces nothing. */
async function bring(
  plan: CutoverPlan,
  estate: Estate,
  { into, environment, signal }: Pick<Terminal, 'environment'> & { into: string; signal: AbortSignal },
): Promise<void> {
  const { mover } = plan;
  if (mover.kind === 'app') takeBack(into, `stacks/${mover.name}/${imagesFileName}`);
  else if (estate !== plan.estate.after) takeBack(into, '.woodpecker/');
  const delivery = await prepareDelivery(into, deliverablesOf(plan, estate));
  delivery.write();
  if (mover.kind === 'pipelines') return;
  const use: Parameters<typeof withPlan<void>>[2] = async (planned, apply) => {
    const changes = plannedChanges(planned);
    const worse = [...changes.destroyed, ...changes.replaced, ...changes.forgotten];
    if (worse.length > 0)
      throw new Error(
        `${mover.name}: its apply would do more than move images, got\n${formatPlannedChanges(mover.name, changes)}\ncorrect the tree, and look with ./registry parity`,
      );
    await apply();
  };
  await withPlan(stackFolderIn(into, mover.name), environment, use, signal);
}

function formatCutover({ mover, to, moves, notes }: CutoverPlan): string {
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
