import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import type { TerraformJson } from './synthesized';

/** What a construct synthesizes to, on its own in a stack named `test`. */
export function synthesizedFrom(define: (stack: TerraformStack) => void): TerraformJson {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'construct-')), stackTraces: false });
  const stack = new TerraformStack(app, 'test');
  define(stack);
  return JSON.parse(Testing.synth(stack)) as TerraformJson;
}
