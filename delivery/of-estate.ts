import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import { synthesize, type SynthesizedStack } from '../stacks/synthesize';
import { dnsTree } from '../trees/dns';
import { documentsTree } from '../trees/documents';
import { registryStacksTree } from '../trees/registry-stacks';
import { registryVmTree } from '../trees/registry-vm';
import type { Deliverable } from './deliverable';
import {
  deliverablesOf,
  dnsDeliverable,
  documentsDeliverable,
  pipelineImagesDeliverable,
  registryStacksDeliverable,
  registryVmDeliverable,
} from './deliverables';

/** Everything that the estate brings into a tree, synthesized now. */
export function deliverablesOfTheEstate(): readonly Deliverable[] {
  return synthesizedDeliverables(validateEstate(estate));
}

/** The same of an estate that its rules have passed. */
export function synthesizedDeliverables(subject: Estate): readonly Deliverable[] {
  const outdir = mkdtempSync(join(tmpdir(), 'deliver-'));
  try {
    return everythingOf(subject, synthesize(subject, outdir));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What an estate brings, with its stacks as they were synthesized. */
export function everythingOf(subject: Estate, stacks: readonly SynthesizedStack[]): readonly Deliverable[] {
  const vm = registryVmTree(subject);
  const ofStacks = registryStacksTree(subject);
  return [
    ...deliverablesOf(subject, stacks),
    ...registryVmDeliverable(subject, vm),
    ...pipelineImagesDeliverable(subject, [...vm, ...ofStacks]),
    ...registryStacksDeliverable(ofStacks),
    dnsDeliverable(subject, dnsTree(subject)),
    documentsDeliverable(documentsTree(subject)),
  ];
}
