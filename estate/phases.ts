/**
 * The migration's phases, in order. The predecessor's fourteen days of bake lasted 3 h 17 min because a phase was
 * a word in a document; here it is a value, and what each one permits is derived from it.
 *
 * - `prepare`: Forgejo is made ready; nothing pulls from it.
 * - `dual-push`: pipelines push every image to both registries.
 * - `bake`: both registries are watched; pulls stay where they are.
 * - `cutover`: apps move one by one.
 * - `decommission`: the legacy registry is gone.
 */
export const phases = ['prepare', 'dual-push', 'bake', 'cutover', 'decommission'] as const;

export type Phase = (typeof phases)[number];

/** Whether `phase` is `reference` or comes after it. */
export function isAtLeast(phase: Phase, reference: Phase): boolean {
  return phases.indexOf(phase) >= phases.indexOf(reference);
}
