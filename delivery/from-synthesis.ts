import type { StacksFacts } from '../estate/stacks';
import type { ImageLocal } from '../stacks/app';
import type { SynthesizedStack } from '../stacks/synthesize';
import type { Deliverable, ImageRefs, JsonObject } from './deliverable';

/** What a synthesized stack is in the tree: a whole stack, a part of a shared one, or an app's image references. */
export function deliverablesFrom(
  synthesized: readonly SynthesizedStack[],
  facts: StacksFacts,
): Deliverable[] {
  return synthesized.flatMap(({ name, stack, text }): Deliverable[] => {
    if ('imageLocals' in stack) return imageRefs(name, stack.imageLocals as readonly ImageLocal[]);
    const json = JSON.parse(text) as JsonObject;
    const common = { stack: name, json, drop: stack.cdktfFormOnly };
    if (stack.kind === 'whole') return [{ kind: 'whole', ...common }];
    const module = Object.entries(facts.shared).find(([shared]) => shared === name)?.[1];
    if (module === undefined) {
      throw new Error(
        `estate.stacks.shared: has no module for the shared stack "${name}"; add its folder and its address`,
      );
    }
    return [{ kind: 'shared', ...common, modulePath: module.folder }];
  });
}

/** One deliverable per folder: a module of the stack may hold the reference instead of the stack itself. */
function imageRefs(stack: string, locals: readonly ImageLocal[]): ImageRefs[] {
  const folders = [...new Set(locals.map(({ folder }) => folder))];
  return folders.map((folder) => ({
    kind: 'image-refs',
    stack,
    folder,
    images: locals.filter((local) => local.folder === folder),
  }));
}
