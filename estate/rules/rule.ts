import type { Estate } from '../estate';

/**
 * A rule across facts: returns one message for each fault, in the form
 * `<where>: <what is wrong>, got <value>; <what to do>`, and nothing when the estate obeys it.
 */
export type Rule = (estate: Estate) => string[];
