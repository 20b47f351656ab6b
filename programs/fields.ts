import { readFileSync } from 'node:fs';
import { printable } from '../clients/printable';

export interface Field {
  readonly wanted: string;
  readonly is: (value: unknown) => boolean;
}

export type Fields<T> = Readonly<Record<keyof T, Field>>;

/** The text of a file that a program is given; the name is what a person knows it by. */
export function readInput(name: string, path: string | undefined): string {
  try {
    return readFileSync(path ?? '', 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'no text';
    throw new Error(
      `${name}: the file cannot be read, got "${path ?? ''}" (${code}); look at the pod's volumes, or give its path`,
      { cause },
    );
  }
}

/** Reads a configuration that is an object of these fields and no others; throws one error with every fault in it. */
export function parseFields<T>(what: string, text: string, fields: Fields<T>): T {
  const value = parse(text);
  const table: Readonly<Record<string, Field>> = fields;
  const faults =
    value === undefined
      ? ['it must be a JSON object']
      : [
          ...Object.entries(table).flatMap(([name, { is, wanted }]) =>
            is(value[name]) ? [] : [`${name} must be ${wanted}, got ${shown(value, name)}`],
          ),
          ...Object.keys(value).flatMap((name) =>
            Object.hasOwn(table, name) ? [] : [`${printable(name, 60)} is not a setting`],
          ),
        ];
  if (faults.length > 0) throw new Error(`${what}: ${faults.join('; ')}; correct the construct's props`);
  return value as T;
}

export const origin: Field = {
  wanted: 'scheme, host and port',
  is: (value) =>
    typeof value === 'string' && /^https?:\/\/[^/?#@\\\s]+\/?$/.test(value) && URL.canParse(value),
};

export const host: Field = matching(
  'a host in lower case, with its port if it has one',
  /^[a-z\d]([a-z\d.-]*[a-z\d])?(:\d{1,5})?$/,
);

export function matching(wanted: string, pattern: RegExp, maxLength = 255): Field {
  return {
    wanted,
    is: (value) => typeof value === 'string' && value.length <= maxLength && pattern.test(value),
  };
}

export function number(wanted: string, least: number, most: number): Field {
  return {
    wanted: `${wanted} from ${least} to ${most}`,
    is: (value) => typeof value === 'number' && value >= least && value <= most,
  };
}

export function whole(least: number, most: number): Field {
  const { wanted, is } = number('a whole number', least, most);
  return { wanted, is: (value) => Number.isInteger(value) && is(value) };
}

export function listOf(wanted: string, { is }: Pick<Field, 'is'>, least = 0): Field {
  return {
    wanted: least === 0 ? `a list of ${wanted}` : `a list of at least ${least} ${wanted}`,
    is: (value) => Array.isArray(value) && value.length >= least && value.every(is),
  };
}

export function optional({ wanted, is }: Field): Field {
  return { wanted, is: (value) => value === undefined || is(value) };
}

/** Whether a reader takes the text without an error. */
export function readable(read: (text: string) => unknown): (value: unknown) => boolean {
  return (value) => {
    try {
      return typeof value === 'string' && read(value) !== undefined;
    } catch {
      return false;
    }
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The value, without what may be the user part of an address: what is not one is refused here, so nothing tells where that begins. */
function shown(config: Readonly<Record<string, unknown>>, name: string): string {
  if (!Object.hasOwn(config, name)) return 'nothing';
  return printable(JSON.stringify(config[name]).replace(/(?:[^"\\]|\\.)*@(?!sha\d+:)/g, '…@'), 200);
}
