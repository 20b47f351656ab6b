import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, TerraformDataSource, TerraformResource } from 'cdktf';
import type { Estate } from '../estate/estate';
import { stacksOf } from './';
import type { TerragruntStack } from './terragrunt-stack';

/** A stack as synthesis left it on disk. */
export interface SynthesizedStack {
  readonly name: string;
  readonly stack: TerragruntStack;
  /** The text of its cdk.tf.json. */
  readonly text: string;
  /** What Terraform reads beside it: path from its folder to text. */
  readonly files: Readonly<Record<string, string>>;
  readonly resources: number;
  readonly milliseconds: number;
}

/** Writes every stack with its files below `<outdir>/stacks`. @throws Error when two stacks or resources claim one name */
export function synthesize(estate: Estate, outdir: string): SynthesizedStack[] {
  const app = new App({ outdir, stackTraces: false });
  const stacks = stacksOf(estate).map((define) => define(app));
  const milliseconds = new Map(stacks.map((stack) => [stack, timeSynthesis(stack)]));
  const addresses = new Map(stacks.map((stack) => [stack, addressesOf(stack)]));
  app.synth();
  return stacks.map((stack) => {
    const name = stack.node.id;
    const path = join(outdir, app.manifest.forStack(stack).synthesizedStackPath);
    const text = readFileSync(path, 'utf8');
    const files = stack.files();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dirname(path), name)), { recursive: true });
      writeFileSync(join(dirname(path), name), content);
    }
    return {
      name,
      stack,
      text,
      files,
      resources: addresses.get(stack)?.filter((address) => !address.startsWith('data.')).length ?? 0,
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

/** Of two objects at one address cdktf would make a mixture, and say nothing. */
function addressesOf(stack: TerragruntStack): readonly string[] {
  const addresses = stack.node.findAll().flatMap((element) => {
    if (TerraformDataSource.isTerraformDataSource(element))
      return [`data.${element.terraformResourceType}.${element.friendlyUniqueId}`];
    if (!TerraformResource.isTerraformResource(element)) return [];
    return [`${element.terraformResourceType}.${element.friendlyUniqueId}`];
  });
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice === undefined) return addresses;
  throw new Error(
    `stacks["${stack.node.id}"]: two objects have one address, got "${twice}"; rename the Vault path or the namespace that it is named after`,
  );
}
