import { claimStates } from '../../estate/derived/claim-states';
import { cutoverOrder, withCutOver, type Mover } from '../../estate/derived/cutover-order';
import { presentLegacy } from '../../estate/derived/legacy-registry';
import { imageAt } from '../../estate/derived/references';
import { asksForLogin } from '../../estate/derived/registries';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';
import { describeOverride, overrideFault } from '../../estate/overrides';
import { validateEstate } from '../../estate/validate';
import type { Sources } from '../../evidence/sources';
import type { Cluster } from '../../rollout/kubectl';
import { Refused } from '../../steps/refused';
import { consumerFaults, consumersOf, labelOf, spelled, tagIn, type Consumer } from './consumers';
import { digestsOf, type Digests } from './digests';
import { pullSecretFaults } from './pull-secret';

export interface CutoverProps {
  readonly estate: Estate;
  /** An app's stack, or the image of pipelines. */
  readonly name: string;
  /** `forgejo` cuts over, `source` rolls back. */
  readonly to: 'forgejo' | 'source';
  readonly cluster: Cluster;
  readonly registries: Pick<Sources, 'target' | 'sourceOf'>;
  readonly nowMs: number;
}

/** One image of one workload, as it is and as it will be. */
export interface Move {
  readonly consumer: Consumer;
  readonly before: string;
  readonly after: string;
  /** To which it goes back. */
  readonly previous: string;
  readonly digests: Digests;
}

/** What becomes different, once everything has been asked that could stand against it. */
export interface CutoverPlan {
  readonly mover: Mover;
  readonly to: CutoverProps['to'];
  readonly estate: { readonly before: Estate; readonly after: Estate };
  readonly moves: readonly Move[];
  readonly notes: readonly string[];
}

/** Asks estate, registries and cluster, and changes nothing. @throws {@link Refused} with every reason at once */
export async function planCutover(props: CutoverProps): Promise<CutoverPlan> {
  const { estate, name, to, cluster, nowMs } = props;
  const mover = moverOf(estate, name);
  const moving = to === 'forgejo';
  const after = withCutOver(estate, name, moving);
  const faults = moving
    ? [...orderFaults(estate, mover, nowMs), ...estateFaults(after, nowMs)]
    : goneFaults(estate);
  if (faults.length > 0) throw new Refused(faults);
  const images = estate.images.filter((image) => mover.images.includes(image.name));
  const consumers = await consumersOf(estate, images, cluster);
  faults.push(...consumerFaults(estate, name, consumers, to));
  const own = mover.kind === 'app' ? consumers.filter((each) => isOf(estate, mover, each)) : [];
  const wanted = mover.kind === 'app' ? own : images.map((image) => pipelineConsumer(estate, image));
  const moves: Move[] = [];
  for (const consumer of wanted) {
    const image = images.find((each) => each.name === consumer.image);
    if (image === undefined) continue;
    for (const before of new Set(consumer.containers.map((container) => container.image))) {
      const containers = consumer.containers.filter((container) => container.image === before);
      const rest = restAfter(estate, mover, image, consumer, before);
      const reference = spelled(imageAt(estate, image, to), rest);
      const other = spelled(imageAt(estate, image, moving ? 'source' : 'forgejo'), rest);
      if (moving && tagIn(estate, image, before) !== rest)
        faults.push(
          `${labelOf(consumer)}: would get another tag with the move, got "${before}" where the estate says "${rest}"; apply stack "${name}" first, so that it can go back to what it ran`,
        );
      const move = {
        ...{ consumer: { ...consumer, containers }, before, after: reference },
        previous: before === reference ? other : before,
      };
      moves.push({ ...move, digests: await digestsOf(props, image, rest) });
    }
  }
  for (const { consumer, after: reference, digests } of moves)
    faults.push(...digests.faults.map((fault) => `${labelOf(consumer)}: ${reference} ${fault}`));
  const hosts = new Set(images.map((image) => imageAt(estate, image, to).host));
  for (const host of hosts)
    if (asksForLogin(estate, host)) faults.push(...(await pullSecretFaults(estate, wanted, host, cluster)));
  if (faults.length > 0) throw new Refused([...new Set(faults)]);
  return {
    ...{ mover, to, moves, estate: { before: estate, after } },
    notes: [
      ...(mover.cutOver === moving
        ? [`${name} stands there already; what is done is done, the rest is checked again`]
        : []),
      ...estate.overrides.map((each) => `${each.claim}: ${describeOverride(each)}`),
      ...moves.flatMap(({ after: reference, digests }) =>
        digests.notes.map((note) => `${reference} ${note}`),
      ),
    ],
  };
}

function moverOf(estate: Estate, name: string): Mover {
  const order = cutoverOrder(estate);
  const mover = order.find((each) => each.name === name);
  if (mover !== undefined) return mover;
  throw new Refused([
    `cutover: no such app, got "${name}"; name one of ${order.map((each) => each.name).join(', ')}`,
  ]);
}

/** The plan's order, lowest blast radius first; one that went back may be waited for no longer, by an override. */
function orderFaults(estate: Estate, { name }: Mover, nowMs: number): string[] {
  const order = cutoverOrder(estate);
  const earlier = order.slice(
    0,
    order.findIndex((each) => each.name === name),
  );
  const isOverridden = (other: string): boolean =>
    estate.overrides.some(
      (each) => each.claim === `cutover-order/${other}` && overrideFault(each, nowMs) === undefined,
    );
  const waiting = earlier
    .filter((each) => !each.cutOver && !isOverridden(each.name))
    .map((each) => each.name);
  return waiting.length === 0
    ? []
    : [
        `cutover: "${name}" comes after others that have not moved, got ${waiting.map((each) => `"${each}"`).join(', ')}; cut over "${waiting[0] ?? ''}" first`,
      ];
}

/** A way back asks for no evidence, only for what it leads to. */
function goneFaults(estate: Estate): string[] {
  return presentLegacy(estate) === undefined
    ? [
        `rollback: the legacy registry is gone in phase "${estate.phase}", got nothing to go back to; step the phase back to "cutover" and bring it back first`,
      ]
    : [];
}

/** What a synth of the estate would refuse, and evidence that has grown old. */
export function estateFaults(after: Estate, nowMs: number): string[] {
  try {
    validateEstate(after);
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n');
    return lines;
  }
  return claimStates(after, nowMs)
    .filter(({ standing }) => standing === 'open')
    .map(({ name, state, command }) => `estate.evidence["${name}"]: ${state}; ${command}`);
}

const isOf = (estate: Estate, { name }: Mover, consumer: Consumer): boolean =>
  estate.apps.some(
    ({ stack, pulls }) =>
      stack === name &&
      pulls.some(
        ({ image, workloads }) =>
          image === consumer.image &&
          workloads.some((workload) => workload.kind === consumer.kind && workload.name === consumer.name),
      ),
  );

/** The tag that will run: the estate's where Terraform sets a literal, which its apply brings back; else what runs now. */
function restAfter(estate: Estate, mover: Mover, image: Image, consumer: Consumer, before: string): string {
  const isLiteral = estate.apps
    .find(({ stack }) => stack === mover.name)
    ?.pulls.filter((pull) => pull.image === image.name && pull.tagIs === 'literal')
    .flatMap(({ workloads }) => workloads)
    .some(
      ({ kind, name, imageSetBy }) =>
        kind === consumer.kind && name === consumer.name && imageSetBy === 'terraform',
    );
  return isLiteral === true
    ? `:${image.tag}${image.digest === undefined ? '' : `@${image.digest}`}`
    : (tagIn(estate, image, before) ?? '');
}

/** Pipelines run in pods that come and go: one pod of theirs stands for all. */
function pipelineConsumer(estate: Estate, image: Image): Consumer {
  const moved = estate.pipelineImages.some((row) => row.image === image.name && row.cutOver);
  const reference = spelled(imageAt(estate, image, moved ? 'forgejo' : 'source'), `:${image.tag}`);
  const container = { name: 'step', image: reference };
  return {
    ...{ kind: 'Pod', namespace: estate.woodpecker.namespace, name: 'pipelines', image: image.name },
    containers: [container],
    template: { containers: [container], imagePullSecrets: [{ name: estate.pullSecret.name }] },
  };
}
