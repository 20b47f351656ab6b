import { isDeepStrictEqual } from 'node:util';

/** One fact that differs, named by its path. */
export interface FactChange {
  readonly path: string;
  /** `undefined`: it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Every fact that differs below two values of one shape. Rows of a list that have a name are compared by it. */
export function factChanges(path: string, before: unknown, after: unknown): FactChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [a, b] = membersOf(before, after);
  if (a === undefined || b === undefined) return [{ path, before, after }];
  const [first, second] = [
    [...a.keys()].filter((key) => b.has(key)),
    [...b.keys()].filter((key) => a.has(key)),
  ];
  return [
    ...(Array.isArray(after) && !isDeepStrictEqual(first, second)
      ? [{ path: `${path}, in order`, before: first, after: second }]
      : []),
    ...[...new Set([...a.keys(), ...b.keys()])].flatMap((key) =>
      factChanges(`${path}.${key}`, a.get(key), b.get(key)),
    ),
  ];
}

export function factInWords({ path, before, after }: FactChange): string {
  if (before === undefined) return `${path}: new, ${shown(JSON.stringify(after))}`;
  if (after === undefined) return `${path}: gone, was ${shown(JSON.stringify(before))}`;
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  let same = 0;
  while (same < old.length && old[same] === now[same]) same += 1;
  const from = Math.max(old.length, now.length) > maxShown ? Math.max(0, same - maxShown / 3) : 0;
  return `${path}: ${shown(old, from)} becomes ${shown(now, from)}`;
}

const maxShown = 120;

/** As much as a sentence bears, from where it tells something. */
function shown(text: string, from = 0): string {
  const rest = text.slice(from);
  return `${from > 0 ? '…' : ''}${rest.length > maxShown ? `${rest.slice(0, maxShown - 1)}…` : rest}`;
}

/** The members of both values, by a naming that tells the rows of both apart. */
function membersOf(...values: readonly unknown[]): (Map<string, unknown> | undefined)[] {
  const naming = namings.find((nameOf) =>
    values.every((value) => {
      const names = Array.isArray(value) ? value.map(nameOf) : [];
      return !names.includes('') && new Set(names).size === names.length;
    }),
  );
  return values.map((value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    if (!Array.isArray(value)) return new Map(Object.entries(value));
    return naming === undefined || value.length === 0
      ? undefined
      : new Map(value.map((row: unknown) => [naming(row), row]));
  });
}

/** What a row is called: its name, else the first of its words, as many as it takes. */
const namings: readonly ((row: unknown) => string)[] = [
  (row) => wordsOf(row)['name'] ?? '',
  ...[1, 2, 3].map((count) => (row: unknown) => Object.values(wordsOf(row)).slice(0, count).join(' ')),
];

const wordsOf = (row: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(typeof row === 'object' && row !== null ? row : {}).filter(
      ([, value]) => typeof value === 'string',
    ),
  );
