/** Content that was brought to a stack, and the newest commit that was seen to want it. */
export interface Applied {
  readonly commit: string;
  readonly hash: string;
}

/** An apply that began and of which no end is known. */
export interface Begun extends Applied {
  /** Names the run, whatever it runs in. */
  readonly holder: string;
  /** Until then it is taken to be running: a run says every minute that it is still there. */
  readonly untilMs: number;
}

/** What is known of one stack: `begun` beside `applied` means that what is there may be neither. */
export interface StackRecord {
  readonly applied?: Applied;
  readonly begun?: Begun;
}

const known = new Set(['applied', 'begun']);

/**
 * One stack's record from the text that keeps it; empty where there is none, which an empty text says too: that is how
 * a person takes one back.
 *
 * @throws Error where it is of another shape: what it says of the past must not be guessed
 */
export function parseRecord(where: string, text: unknown): StackRecord {
  if (text === undefined || text === '') return {};
  const record = typeof text === 'string' ? parsed(text) : undefined;
  const isWhole =
    isObject(record) &&
    Object.keys(record).length > 0 &&
    Object.keys(record).every((key) => known.has(key)) &&
    (record['applied'] === undefined || isApplied(record['applied'])) &&
    (record['begun'] === undefined || isBegun(record['begun']));
  if (isWhole) return record;
  throw new Error(
    `${where}: is no record of an apply, got ${JSON.stringify(text).slice(0, 120)}; empty it, and the stack is planned as if for the first time`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isApplied = (value: unknown): boolean =>
  isObject(value) &&
  /^[0-9a-f]{40}([0-9a-f]{24})?$/u.test(String(value['commit'])) &&
  /^[0-9a-f]{64}$/u.test(String(value['hash']));

const isBegun = (value: unknown): boolean =>
  isApplied(value) &&
  isObject(value) &&
  typeof value['holder'] === 'string' &&
  Number.isSafeInteger(value['untilMs']);
