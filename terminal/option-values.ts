import { InvalidArgumentError } from 'commander';

export function wholeSeconds(value: string): number {
  if (/^[1-9]\d{0,8}$/u.test(value)) return Number(value);
  throw new InvalidArgumentError('is no whole number of seconds; write one, such as 600');
}

/** Of a server whose API lies at the root of its host, as a registry's always does. */
export function httpUrl(value: string): string {
  const { pathname, search } = new URL(urlBelowPath(value));
  if (pathname + search === '/') return value;
  throw new InvalidArgumentError('holds a path; name the host alone');
}

/** Of one that may lie below a path. */
export function urlBelowPath(value: string): string {
  const { protocol = '', username = '', password = '' } = URL.canParse(value) ? new URL(value) : {};
  if (!/^https?:$/u.test(protocol))
    throw new InvalidArgumentError('is no URL; write one, such as https://forgejo.example');
  if (username + password !== '') throw new InvalidArgumentError('holds a login; give it in the environment');
  return value;
}

export function oneOf<Name extends string>(names: readonly Name[]): (value: string) => Name {
  return (value) => {
    const name = names.find((each) => each === value);
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`is not known; there are ${[...names].sort().join(', ')}`);
  };
}

/** For an argument or option that may be repeated. */
export function each<T>(
  parse: (value: string) => T,
): (value: string, others: readonly T[] | undefined) => readonly T[] {
  return (value, others = []) => [...others, parse(value)];
}

/** The same of any text. */
export const addTo = each(String);
