import type { PlannedChanges } from '../../delivery/planned-changes';
import { resourcesOf } from '../../delivery/resources';
import { lossOf } from '../../delivery/irreplaceable';
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

/** Compares two synths. */
export function reviewOf(base: Synthesis, head: Synthesis, planned?: PlannedChanges): Review {
  const resources = resourceChanges(base.stacks, head.stacks);
  const names = [...new Set([...Object.keys(base.manifests), ...Object.keys(head.manifests)])].sort();
  const domain =
    base.estate === undefined || head.estate === undefined
      ? [
          {
            title: 'estate',
            lines: [
              `not compared: the code of ${(base.estate === undefined ? base : head).name} exports no estate; read the objects below`,
            ],
          },
        ]
      : estateChanges(base.estate, head.estate);
  const alerts = { title: 'alerts', lines: alertChanges(base.stacks, head.stacks) };
  return {
    base: base.name,
    head: head.name,
    protectedEnds: [
      ...resources
        .filter(endsProtected)
        .map(({ stack, address, fate, loss = '' }) => `${stack}: ${address} would be ${fate}: ${loss}`),
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

/** A plan says nothing of `prevent_destroy`, and Terraform asks nobody where the block has gone: the base knows. */
function plannedEnds(planned: PlannedChanges, base: Synthesis): string[] {
  const declared = new Map(Object.values(base.stacks).flatMap((stack) => [...resourcesOf(stack)]));
  return (['destroyed', 'replaced'] as const).flatMap((fate) =>
    planned[fate].flatMap(({ address }) => {
      const own = address.replace(/^(?:module\.[^.]+\.)+/u, '');
      const loss = lossOf(own, declared.get(own) ?? {});
      return loss === undefined ? [] : [`Terraform: ${address} would be ${fate}: ${loss}`];
    }),
  );
}
