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
  const [a, b] = [membersOf(before), membersOf(after)];
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
  if (before === undefined) return `${path}: new, ${shown(after)}`;
  if (after === undefined) return `${path}: gone, was ${shown(before)}`;
  return `${path}: ${shown(before)} becomes ${shown(after)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function membersOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((row: unknown) => nameOf(row));
  const named = names.every((name) => name !== undefined) && new Set(names).size === names.length;
  return named && names.length > 0
    ? new Map(names.map((name, at) => [name, value[at] as unknown]))
    : undefined;
}

function nameOf(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  const { name, stack, host } = row as Record<string, unknown>;
  return [name, stack, host].find((one): one is string => typeof one === 'string');
}
