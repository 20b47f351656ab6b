import type { Pull, Workload } from '../../estate/apps';
import { requiredClaims } from '../../estate/derived/claims';
import { pipelineImage } from '../../estate/derived/pipeline-image';
import { imageAt, imageOf, pulledReference } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { factsHash } from '../../estate/evidence';
import { formatImageReference } from '../../estate/image-reference';
import { factChanges, factInWords } from './fact-changes';

/** An image as workloads of a stack pull it, or the steps of pipelines, which are no workloads. */
export interface Pulled {
  readonly stack: string;
  readonly pull: Pull;
  readonly reference: string;
}

export const pulled = (estate: Estate): Pulled[] => [
  ...estate.apps.flatMap((app) =>
    app.pulls.map((pull) => ({
      ...{ stack: app.stack, pull },
      reference: formatImageReference(pulledReference(estate, app, pull)),
    })),
  ),
  ...estate.pipelineImages.map(({ image }) => ({
    stack: 'pipelines',
    pull: { ...{ image, folder: '', workloads: [] }, tagIs: 'literal' as const },
    reference: pipelineImage(estate, image, 'estate.pipelineImages'),
  })),
];

export const consumers = (
  { stack, pull }: Pulled,
  workloads: readonly Workload[] = pull.workloads,
): string =>
  workloads.length === 0
    ? stack
    : `${stack} (${workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ')})`;

/** What is pulled before and after. One that changed its image's name or its folder is still the same. */
export function pulledOnBothSides(
  before: Estate,
  after: Estate,
): (readonly [Pulled | undefined, Pulled | undefined])[] {
  const [left, all] = [pulled(before), pulled(after)];
  const pairs = new Map<Pulled, Pulled>();
  for (const marks of [['image', 'folder'], ['image'], ['folder']] as const)
    for (const now of all.filter((one) => !pairs.has(one))) {
      const at = left.findIndex(
        ({ stack, pull }) => stack === now.stack && marks.every((mark) => pull[mark] === now.pull[mark]),
      );
      for (const old of at === -1 ? [] : left.splice(at, 1)) pairs.set(now, old);
    }
  return [
    ...all.map((now) => [pairs.get(now), now] as const),
    ...left.map((old) => [old, undefined] as const),
  ];
}

/** Who pulls what from where now, and whether it is the same; then the rows of the images themselves. */
export function imageChanges(before: Estate, after: Estate): string[] {
  return [
    ...pulledOnBothSides(before, after).flatMap(([old, now]) => {
      if (now === undefined)
        return old === undefined ? [] : [`${consumers(old)} pulls ${old.reference} no more`];
      if (old === undefined) return [`${consumers(now)} newly pulls ${now.reference}`];
      return changesOf(before, after, old, now);
    }),
    ...factChanges('images', before.images, after.images).map(factInWords),
  ];
}

function changesOf(before: Estate, after: Estate, old: Pulled, now: Pulled): string[] {
  const isIn = (all: readonly Workload[], { kind, name }: Workload): boolean =>
    all.some((one) => one.kind === kind && one.name === name);
  const [were, are] = [old.pull.workloads, now.pull.workloads];
  const [stay, stayed] = [are.filter((one) => isIn(were, one)), were.filter((one) => isIn(are, one))];
  const [come, go] = [are.filter((one) => !isIn(were, one)), were.filter((one) => !isIn(are, one))];
  const isSaid = old.reference !== now.reference && (stay.length > 0 || are.length === 0);
  return [
    ...(isSaid
      ? [
          `${consumers(now, stay)} pulls ${now.reference} instead of ${old.reference}; same digest: ${sameDigest(before, after, old, now)}${setElsewhere(old, now)}`,
        ]
      : []),
    ...(go.length > 0 ? [`${consumers(old, go)} pulls ${old.reference} no more`] : []),
    ...(come.length > 0 ? [`${consumers(now, come)} newly pulls ${now.reference}`] : []),
    ...factChanges(
      `${now.stack}: ${now.pull.image}`,
      { ...old.pull, workloads: stayed },
      { ...now.pull, workloads: stay },
    ).map(factInWords),
  ];
}

/** A tag that this estate only repeats changes nothing that runs. */
function setElsewhere(old: Pulled, { reference, pull }: Pulled): string {
  const path = (text: string): string => text.replace(/(?::[^/:@]*)?(?:@.*)?$/u, '');
  if (path(old.reference) !== path(reference)) return '';
  const others = pull.workloads.filter(({ imageSetBy }) => imageSetBy !== 'terraform');
  return [
    ...(pull.tagIs === 'literal'
      ? []
      : [`; the tag that runs is written in ${pull.folder} of the tree: change it there too`]),
    ...others.map(({ kind, name, imageSetBy }) => `; ${kind} ${name} runs what its ${imageSetBy} sets`),
  ].join('');
}

/** Evidence counts where it compared the one place with the other, and no third. */
function sameDigest(before: Estate, after: Estate, from: Pulled, to: Pulled): string {
  const [old, now] = [imageOf(before, from.pull), imageOf(after, to.pull)];
  if (old.digest !== undefined && now.digest !== undefined)
    return old.digest === now.digest ? 'yes, by its digest' : 'no';
  if (old.tag !== now.tag) return 'not known, it is another tag';
  const sides = [
    [after, now],
    [before, old],
  ] as const;
  const [measured] = sides.flatMap(([estate, image]) => {
    const compared = (['source', 'forgejo'] as const).map((side) =>
      formatImageReference({ ...imageAt(estate, image, side), tag: image.tag }),
    );
    const claim = requiredClaims(estate).find(({ name }) => name === `image-present/${image.name}`);
    return [from, to].every(({ reference }) => compared.includes(reference.split('@')[0] ?? ''))
      ? estate.evidence.filter((one) => one.claim === claim?.name && one.facts === factsHash(claim.facts))
      : [];
  });
  return measured === undefined
    ? 'not known, nobody has measured it'
    : `yes, measured ${measured.measuredAt}`;
}
