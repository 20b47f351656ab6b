import type { JsonObject } from '../../delivery/deliverable';
import { lossOf } from '../../delivery/irreplaceable';
import {
  plannedChanges,
  type PlanJson,
  type PlannedChanges,
  type ResourceChange as PlannedResource,
} from '../../delivery/planned-changes';
import { compareForcing } from '../../delivery/replacement';
import { declaredAddress, resourcesOf } from '../../delivery/resources';
import { unifiedDiff } from '../../terminal/diff';
import { alertChanges } from './alert-changes';
import { estateChanges, type Section } from './estate-changes';
import { endsProtected, resourceChanges, type ResourceChange } from './resource-changes';
import type { Synthesis } from './synthesis';

/** Everything that a reviewer of a change is told. */
export interface Review {
  readonly base: string;
  readonly head: string;
  /** Objects whose end nobody can undo, each a sentence. */
  readonly protectedEnds: readonly string[];
  /** In the words of the domain; those that say nothing are left out. */
  readonly sections: readonly Section[];
  readonly resources: readonly ResourceChange[];
  /** By stack: its objects as YAML, before and after. */
  readonly yaml: Readonly<Record<string, string>>;
  /** What Terraform itself says. @default no plan was given */
  readonly planned?: PlannedChanges;
}

/** Compares two synths. A plan has the last word on what is replaced. */
export function reviewOf(base: Synthesis, head: Synthesis, plan?: PlanJson): Review {
  const planned = plan === undefined ? undefined : plannedChanges(plan);
  const stays = plan === undefined ? [] : staysByPlan(plan, head);
  const resources = resourceChanges(base.stacks, head.stacks);
  const names = [...new Set([...Object.keys(base.manifests), ...Object.keys(head.manifests)])].sort();
  const { name: none } = base.estate === undefined ? base : head;
  const why = `not compared: the code of ${none} exports no estate; read the objects below`;
  const domain =
    base.estate === undefined || head.estate === undefined
      ? [{ title: 'estate', lines: [why] }]
      : estateChanges(base.estate, head.estate);
  const alerts = { title: 'alerts', lines: alertChanges(base.stacks, head.stacks) };
  return {
    base: base.name,
    head: head.name,
    protectedEnds: [
      ...resources
        .filter(
          (one) =>
            endsProtected(one) &&
            !(one.fate !== 'destroyed' && stays.includes(`${one.stack}: ${one.address}`)),
        )
        .map(({ stack, address, fate, loss = '', because }) =>
          fate === 'perhaps replaced'
            ? `${stack}: ${address} may be replaced: ${loss}; only a plan knows, see ./registry diff --plan (${because.join('; ')})`
            : `${stack}: ${address} would be ${fate}: ${loss}`,
        ),
      ...(planned === undefined ? [] : plannedEnds(planned, base)),
    ],
    sections: [...domain, alerts].filter(({ lines }) => lines.length > 0),
    resources,
    yaml: Object.fromEntries(
      names
        .filter((name) => base.manifests[name] !== head.manifests[name])
        .map((name) => [
          name,
          unifiedDiff(
            { name: `manifests/${name}.yaml`, note: base.name, text: base.manifests[name] },
            { name: `manifests/${name}.yaml`, note: head.name, text: head.manifests[name] },
          ),
        ]),
    ),
    ...(planned === undefined ? {} : { planned }),
  };
}

/**
 * What a plan, which names no stack, leaves in place: objects of a stack that it has seen whole, as that is now, and that no
 * other declares.
 */
function staysByPlan({ resource_changes: changes }: PlanJson, head: Synthesis): string[] {
  const seen = new Map<string, PlannedResource['change'][]>();
  for (const { address, change } of changes ?? [])
    seen.set(declaredAddress(address), [...(seen.get(declaredAddress(address)) ?? []), change]);
  const stacks = Object.entries(head.stacks).map(([stack, json]) => [stack, resourcesOf(json)] as const);
  const every = stacks.flatMap(([, declared]) => declared.map(([address]) => address));
  const isLeft = ([address, attributes]: readonly [string, JsonObject]): boolean =>
    every.indexOf(address) === every.lastIndexOf(address) &&
    (seen.get(address) ?? []).every(
      ({ actions, after }) =>
        actions.every((action) => ['no-op', 'read', 'update', 'create'].includes(action)) &&
        compareForcing(address, (after ?? {}) as JsonObject, attributes).replaced.every(
          (one) => one.after === undefined,
        ),
    );
  return stacks
    .filter(([, declared]) => declared.every(([address]) => seen.has(address)))
    .flatMap(([stack, declared]) => declared.filter(isLeft).map(([address]) => `${stack}: ${address}`));
}

/** A plan says nothing of `prevent_destroy`, and Terraform asks nobody where the block has gone: the base knows. */
function plannedEnds(planned: PlannedChanges, base: Synthesis): string[] {
  const declared = new Map(Object.values(base.stacks).flatMap((stack) => [...resourcesOf(stack)]));
  return (['destroyed', 'replaced'] as const).flatMap((fate) =>
    planned[fate].flatMap(({ address }) => {
      const own = declaredAddress(address);
      const loss = lossOf(own, declared.get(own) ?? {});
      return loss === undefined ? [] : [`Terraform: ${address} would be ${fate}: ${loss}`];
    }),
  );
}
