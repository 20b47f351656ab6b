import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../delivery/deliverable';
import { lossOf } from '../../delivery/irreplaceable';
import { compareForcing, inWords } from '../../delivery/replacement';
import { resourcesOf } from '../../delivery/resources';

/** What becomes of an object, worst first. */
export const fates = [
  'destroyed',
  'replaced',
  'perhaps replaced',
  'created',
  'changed',
  'moved',
  'forgotten',
] as const;

export interface ResourceChange {
  readonly stack: string;
  readonly address: string;
  readonly fate: (typeof fates)[number];
  /** What would be lost with it. @default another one is as good */
  readonly loss?: string;
  /** Attributes that change, or why it is replaced. */
  readonly because: readonly string[];
}

type Stacks = Readonly<Record<string, JsonObject>>;

/** What an apply would do to each object, where base and estate are all that Terraform knows. Protected objects come first. */
export function resourceChanges(before: Stacks, after: Stacks): ResourceChange[] {
  const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((stack) => ofStack(stack, before[stack] ?? {}, after[stack] ?? {}));
  const rank = ({ loss, fate }: ResourceChange): number =>
    (loss === undefined ? fates.length : 0) + fates.indexOf(fate);
  return changes.sort((a, b) => rank(a) - rank(b));
}

/** Whether this ends what nobody can bring back, as far as anybody knows who has seen no plan. */
export function endsProtected({ loss, fate }: ResourceChange): boolean {
  return loss !== undefined && ['destroyed', 'replaced', 'perhaps replaced'].includes(fate);
}

function ofStack(stack: string, before: JsonObject, after: JsonObject): ResourceChange[] {
  const old = new Map(resourcesOf(before));
  const now = new Map(resourcesOf(after));
  const moved = new Map(
    ((after['moved'] ?? []) as { from: string; to: string }[])
      .filter(({ from, to }) => old.has(from) && !now.has(from) && now.has(to) && !old.has(to))
      .map(({ from, to }) => [to, from] as const),
  );
  const left = new Set(moved.values());
  const forgotten = ((after['removed'] ?? []) as { from: string; lifecycle?: { destroy?: boolean } }[])
    .filter(({ lifecycle }) => lifecycle?.destroy === false)
    .map(({ from }) => from);
  const gone = [...old]
    .filter(([address]) => !now.has(address) && !left.has(address))
    .map(([address, attributes]) =>
      forgotten.includes(address)
        ? change(stack, address, 'forgotten', {}, ['it stays, and Terraform looks after it no more'])
        : change(stack, address, 'destroyed', attributes, ['nothing declares it any more']),
    );
  const rest = [...now].flatMap(([address, attributes]) => {
    const from = moved.get(address);
    const earlier = old.get(from ?? address);
    if (earlier === undefined) return [change(stack, address, 'created', {}, [])];
    const { replaced, unknown } = compareForcing(address, earlier, attributes);
    const names = changedNames(earlier, attributes);
    const words = (all: typeof replaced): string[] =>
      all.map((one) => inWords(one).slice(address.length + 2));
    return [
      ...(from === undefined ? [] : [change(stack, address, 'moved', {}, [`from ${from}`])]),
      ...(replaced.length > 0
        ? [change(stack, address, 'replaced', earlier, words(replaced))]
        : unknown.length > 0
          ? [change(stack, address, 'perhaps replaced', earlier, [...words(unknown), 'a plan knows'])]
          : names.length > 0
            ? [change(stack, address, 'changed', attributes, names)]
            : []),
    ];
  });
  // A stack that comes or goes is told by its objects.
  const isOnBothSides = Object.keys(before).length > 0 && Object.keys(after).length > 0;
  const blocks = (isOnBothSides ? changedNames(before, after) : [])
    .filter((block) => !['resource', 'moved', 'removed'].includes(block))
    .map((block) =>
      change(stack, block, 'changed', {}, changedNames(membersOf(before[block]), membersOf(after[block]))),
    );
  return [...gone, ...rest, ...blocks];
}

function change(
  stack: string,
  address: string,
  fate: ResourceChange['fate'],
  attributes: JsonObject,
  because: readonly string[],
): ResourceChange {
  const loss = lossOf(address, attributes);
  return { stack, address, fate, ...(loss === undefined ? {} : { loss }), because };
}

const membersOf = (block: unknown): JsonObject =>
  typeof block === 'object' && block !== null && !Array.isArray(block) ? (block as JsonObject) : {};

const changedNames = (a: JsonObject, b: JsonObject): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => key !== '//' && !isDeepStrictEqual(a[key], b[key]))
    .sort();
