import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SynthesizedStack } from '../stacks/synthesize';
import { inlineFiles } from './inline-files';
import { manifestsHead, renderManifests, type StackJson } from './stack-manifests';

/**
 * Writes `<outdir>/manifests/<stack>.yaml` for every stack that has Kubernetes objects, and removes
 * what an earlier synthesis wrote there of stacks that have none any more.
 *
 * @param variables values of Terraform variables, where an object is named by one
 */
export function writeManifests(
  outdir: string,
  stacks: readonly Pick<SynthesizedStack, 'name' | 'text' | 'files'>[],
  variables: Readonly<Record<string, string>>,
): void {
  const folder = join(outdir, 'manifests');
  mkdirSync(folder, { recursive: true });
  const written = new Set<string>();
  for (const { name, text, files } of stacks) {
    const manifests = renderManifests(name, inlineFiles(JSON.parse(text) as StackJson, files), variables);
    if (manifests === undefined) continue;
    writeFileSync(join(folder, `${name}.yaml`), manifests);
    written.add(`${name}.yaml`);
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml') && !written.has(name))) {
    const path = join(folder, file);
    // The folder may be one that holds other things too: CDKTF_OUTDIR can be any.
    if (readFileSync(path, 'utf8').startsWith(manifestsHead)) rmSync(path);
  }
}
