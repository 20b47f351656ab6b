import type { Claim } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { writeEvidence } from '../estate/evidence';
import { Refused } from '../steps/refused';
import { measureBake } from './bake';
import { measureDualPush } from './dual-push';
import { measureImagePresent } from './image-present';
import { measureLegacyUnused } from './legacy-unused';
import { formatLooks, type Measured } from './measured';
import { measureRetentionObserved } from './retention-observed';
import type { Sources } from './sources';

export interface CollectProps {
  readonly estate: Estate;
  readonly sources: Sources;
  readonly folder: string;
  readonly out: (text: string) => void;
}

/** Measures claims one after the other; what holds is written, and what was seen is told. True where all hold. */
export async function collectClaims(
  claims: readonly Claim[],
  { estate, sources, folder, out }: CollectProps,
): Promise<boolean> {
  const faults: string[] = [];
  const measures = claims.map((claim) => ({ claim, measure: measurement(estate, claim, sources, faults) }));
  if (faults.length > 0) throw new Refused(faults);
  let hold = true;
  for (const { claim, measure } of measures) {
    const measured = await measure();
    out(`${claim.name}, asked ${measured.source}\n${formatLooks(measured.looks)}`);
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

/** How a claim is measured; what keeps it from being measured goes to `faults`. */
function measurement(
  estate: Estate,
  { name }: Claim,
  sources: Sources,
  faults: string[],
): () => Promise<Measured> {
  const { nowMs, target, sourceOf, prometheus, kubernetes, tree } = sources;
  const [kind = '', subject] = name.split('/');
  const image = estate.images.find((each) => each.name === subject);
  if (kind === 'image-present' && image !== undefined)
    return () => measureImagePresent({ estate, image, target, sourceOf });
  if (kind === 'dual-push' && image !== undefined)
    return () => measureDualPush({ estate, image, target, sourceOf, nowMs });
  if (kind === 'bake-complete' && prometheus !== undefined)
    return () => measureBake({ estate, prometheus, nowMs });
  if (kind === 'retention-observed' && prometheus !== undefined)
    return () => measureRetentionObserved(estate, prometheus, nowMs);
  if (kind === 'legacy-unused' && kubernetes !== undefined && tree !== undefined)
    return async () => measureLegacyUnused(estate, kubernetes, tree, await sources.removal?.());
  const needs: Readonly<Record<string, string>> = {
    'bake-complete': 'needs --prometheus, got none; name it and collect again',
    'retention-observed': 'needs --prometheus, got none; name it and collect again',
    'legacy-unused': 'needs --cluster and --tree, got one of them or none; name both and collect again',
    smoke: 'is measured by a command of its own, got evidence collect; run ./registry smoke',
  };
  faults.push(
    `evidence: ${name} ${needs[kind] ?? `has no image, got "${subject ?? ''}"; add its row to estate/images.ts`}`,
  );
  return () => Promise.resolve({ source: 'nobody', looks: [] });
}
