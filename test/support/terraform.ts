import { spawnSync } from 'node:child_process';

/** `terraform` or `tofu`, whichever is on PATH; tells why tests are skipped when neither is. */
export function terraformProgram(): string | undefined {
  const found = ['terraform', 'tofu'].find((name) => spawnSync(name, ['version']).status === 0);
  if (found === undefined) console.warn('skipped: neither terraform nor tofu is on PATH');
  return found;
}
