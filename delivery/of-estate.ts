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
  registryStacksDeliverable,
  registryVmDeliverable,
} from './deliverables';

/** Everything that the estate brings into a tree, synthesized now. */
export function deliverablesOfTheEstate(): readonly Deliverable[] {
  const outdir = mkdtempSync(join(tmpdir(), 'deliver-'));
  try {
    return everythingOf(estate, synthesize(validateEstate(estate), outdir));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What an estate brings, with its stacks as they were synthesized. */
export function everythingOf(subject: Estate, stacks: readonly SynthesizedStack[]): readonly Deliverable[] {
  return [
    ...deliverablesOf(subject, stacks),
    ...registryVmDeliverable(subject, registryVmTree(subject)),
    ...registryStacksDeliverable(registryStacksTree(subject)),
    dnsDeliverable(subject, dnsTree(subject)),
    documentsDeliverable(documentsTree(subject)),
  ];
}
