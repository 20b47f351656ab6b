import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estate } from '../estate';
import { validateEstate } from '../estate/validate';
import { synthesize } from '../stacks/synthesize';
import { dnsTree } from '../trees/dns';
import { registryStacksTree } from '../trees/registry-stacks';
import { registryVmTree } from '../trees/registry-vm';
import type { Deliverable } from './deliverable';
import {
  deliverablesOf,
  dnsDeliverable,
  registryStacksDeliverable,
  registryVmDeliverable,
} from './deliverables';

/** Everything that the estate brings into a tree, synthesized now. */
export function deliverablesOfTheEstate(): readonly Deliverable[] {
  const outdir = mkdtempSync(join(tmpdir(), 'deliver-'));
  try {
    const stacks = synthesize(validateEstate(estate), outdir);
    return [
      ...deliverablesOf(estate, stacks),
      ...registryVmDeliverable(estate, registryVmTree(estate)),
      ...registryStacksDeliverable(registryStacksTree(estate)),
      dnsDeliverable(estate, dnsTree(estate)),
    ];
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
