import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { goRecipe } from '../../lab/programs/go-module';
import { cacheKey, isCached, toolCacheFolder } from '../../lab/programs/tool-cache';
import { tools } from '../../lab/programs/tools';

/** What Terraform, or OpenTofu, says last of a configuration that it has read and whose providers it cannot get. */
export const missingProviders = /Failed to (?:query available|resolve) provider packages/;

/** `terraform` or `tofu` on PATH, or the lab's own OpenTofu; tells why tests are skipped when there is none. */
export function terraformProgram(): string | undefined {
  const onPath = ['terraform', 'tofu'].find((name) => spawnSync(name, ['version']).status === 0);
  if (onPath !== undefined) return onPath;
  const key = cacheKey(tools.tofu.program, tools.tofu.version, goRecipe(tools.tofu.source));
  if (isCached(key)) return join(toolCacheFolder(), key, 'bin', tools.tofu.program);
  console.warn('skipped: neither terraform nor tofu is on PATH; "./registry lab tools tofu" builds one');
  return undefined;
}
