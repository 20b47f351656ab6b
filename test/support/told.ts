import type { JsonObject } from '../../delivery/deliverable';
import type { PlanJson } from '../../delivery/planned-changes';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { reviewOf, type Review } from '../../review/diff/review';

type Stacks = Readonly<Record<string, JsonObject>>;

/** What a reviewer is told of a change from the real estate, or of objects alone. */
export function reviewed(
  after: Estate,
  before: Estate = estate,
  stacks: readonly [Stacks, Stacks] = [{}, {}],
  plan?: PlanJson,
): Review {
  const side = (name: string, of: Estate, json: Stacks) => ({
    name,
    estate: of,
    stacks: json,
    manifests: {},
  });
  return reviewOf(side('base', before, stacks[0]), side('working tree', after, stacks[1]), plan);
}
