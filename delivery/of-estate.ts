import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import { synthesize, type SynthesizedStack } from '../stacks/synthesize';
import { documentsTree } from '../trees/documents';
import type { Deliverable } from './deliverable';
import { deliverablesOf, filesOf, pipelineImagesDeliverable } from './deliverables';

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
  const files = filesOf(subject);
  return [
    ...deliverablesOf(subject, stacks),
    ...files,
    ...pipelineImagesDeliverable(
      subject,
      files.flatMap((one) => one.files),
    ),
    { kind: 'documents', stack: 'documents', ...documentsTree(subject) },
  ];
}
