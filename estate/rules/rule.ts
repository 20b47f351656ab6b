import type { Estate } from '../estate';

/** One message for each fault, `<where>: <what is wrong>, got <value>; <what to do>`; none when the estate obeys it. */
export type Rule = (estate: Estate) => string[];

/** The messages of those faults that there are. */
export function faultsIn(...all: readonly (readonly [isThere: boolean, message: string])[]): string[] {
  return all.flatMap(([isThere, message]) => (isThere ? [message] : []));
}
