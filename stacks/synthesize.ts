import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import type { Estate } from '../estate/estate';
import { defineStacks } from './';
import type { TerragruntStack } from './terragrunt-stack';

/** A stack as synthesis left it on disk. */
export interface SynthesizedStack {
  readonly name: string;
  readonly stack: TerragruntStack;
  /** The text of its cdk.tf.json. */
  readonly text: string;
  readonly resources: number;
  readonly milliseconds: number;
}

/**
 * Writes `<outdir>/stacks/<stack>/cdk.tf.json` for every stack of the estate.
 *
 * @throws Error when two stacks or two resources of a stack claim one name
 */
export function synthesize(estate: Estate, outdir: string): SynthesizedStack[] {
  const app = new App({ outdir, stackTraces: false });
  const stacks = defineStacks(app, estate);
  const milliseconds = new Map(stacks.map((stack) => [stack, timeSynthesis(stack)]));
  app.synth();
  return stacks.map((stack) => {
    const name = stack.node.id;
    const text = readFileSync(join(outdir, app.manifest.forStack(stack).synthesizedStackPath), 'utf8');
    return {
      name,
      stack,
      text,
      resources: countResources(text),
      milliseconds: milliseconds.get(stack)?.() ?? 0,
    };
  });
}

function timeSynthesis(stack: TerragruntStack): () => number {
  const { synthesizer } = stack;
  let elapsed = 0;
  stack.synthesizer = {
    synthesize: (session) => {
      const start = performance.now();
      synthesizer.synthesize(session);
      elapsed = performance.now() - start;
    },
  };
  return () => elapsed;
}

function countResources(text: string): number {
  const { resource = {} } = JSON.parse(text) as { resource?: Record<string, object> };
  return Object.values(resource).reduce((sum, byName) => sum + Object.keys(byName).length, 0);
}
