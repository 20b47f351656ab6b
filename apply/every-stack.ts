import { join } from 'node:path';
import type { RootModule } from '../delivery/root-module';
import type { Checkout } from './checkout';
import { contentOf } from './content';
import type { Stack } from './stack';

/** Every stack that a tree holds, ours or not. */
export function everyStack(
  checkout: Checkout,
  moduleIn: (folder: string) => RootModule,
): readonly Pick<Stack, 'name' | 'hash' | 'module'>[] {
  return [...checkout.files.keys()].flatMap((path) => {
    const [, name] = /^stacks\/([^/]+)\/terragrunt\.hcl$/u.exec(path) ?? [];
    if (name === undefined) return [];
    const { hash } = contentOf(checkout, name);
    return [{ name, hash, module: moduleIn(join(checkout.root, 'stacks', name)) }];
  });
}
