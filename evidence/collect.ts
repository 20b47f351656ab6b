import { requiredClaims, type Claim } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { factsHash, writeEvidence } from '../estate/evidence';
import { Refused } from '../steps/refused';
import { renderTable } from '../terminal/table';
import { measureBake } from './bake';
import { measureImagePresent } from './image-present';
import { measureLegacyUnused } from './legacy-unused';
import type { Measured } from './measured';
import { measureRetentionObserved } from './retention-observed';
import type { Sources } from './sources';

export type ClaimState = 'measured' | 'missing' | 'about other facts';

/** Every claim that the estate's present state rests on, and whether there is evidence for it. */
export function claimStates(estate: Estate): readonly (Claim & { readonly state: ClaimState })[] {
  return requiredClaims(estate).map((claim) => {
    const evidence = estate.evidence.find(({ claim: name }) => name === claim.name);
    if (evidence === undefined) return { ...claim, state: 'missing' };
    return { ...claim, state: evidence.facts === factsHash(claim.facts) ? 'measured' : 'about other facts' };
  });
}

export interface CollectProps {
  readonly estate: Estate;
  readonly sources: Sources;
  /** Where evidence is written. */
  readonly folder: string;
  readonly out: (text: string) => void;
}

/** Measures claims one after the other; what holds is written, and what was seen is told. True where all hold. */
export async function collectClaims(
  claims: readonly Claim[],
  { estate, sources, folder, out }: CollectProps,
): Promise<boolean> {
  let hold = true;
  for (const claim of claims) {
    const measure = measurement(estate, claim, sources);
    if (measure === undefined) {
      hold = false;
      out(`${claim.name}: another command measures it; docs/architecture.md says which\n\n`);
      continue;
    }
    const measured = await measure();
    const rows = measured.looks.map(({ what, holds, saw }) => [holds ? 'well' : 'not so', what, saw]);
    out(`${claim.name}, asked ${measured.source}\n${renderTable(['', 'WHAT', 'SAW'], rows)}`);
    const holds = measured.looks.length > 0 && measured.looks.every((look) => look.holds);
    hold &&= holds;
    if (!holds) out('nothing written: it does not hold\n\n');
    else {
      const file = writeEvidence(folder, claim, new Date(sources.nowMs), measured);
      out(`written: estate/evidence/${file}; commit it\n\n`);
    }
  }
  return hold;
}

/** How a claim is measured, for those that are measured here. */
function measurement(
  estate: Estate,
  { name }: Claim,
  sources: Sources,
): (() => Promise<Measured>) | undefined {
  const { nowMs, target, sourceOf } = sources;
  const [kind = '', subject] = name.split('/');
  switch (kind) {
    case 'image-present': {
      const image = estate.images.find((each) => each.name === subject);
      if (image === undefined) return undefined;
      return () => measureImagePresent({ estate, image, target, sourceOf });
    }
    case 'bake-complete':
      return () =>
        measureBake({ estate, prometheus: needed(name, '--prometheus', sources.prometheus), nowMs });
    case 'retention-observed':
      return () => measureRetentionObserved(estate, needed(name, '--prometheus', sources.prometheus), nowMs);
    case 'legacy-unused':
      return () =>
        measureLegacyUnused(
          estate,
          needed(name, '--cluster', sources.kubernetes),
          needed(name, '--tree', sources.tree),
        );
    default:
      return undefined;
  }
}

function needed<T>(claim: string, option: string, source: T | undefined): T {
  if (source === undefined)
    throw new Refused([`evidence: ${claim} needs ${option}, got none; name it and collect again`]);
  return source;
}
