/**
 * Where retention pushes a tag and deletes it, to prove that its token may: there for a moment in each run, or until the next
 * one when it was killed. Never part of a plan, and nothing that the probe must see again.
 */
export const CANARY_PACKAGE = 'retention-canary';
