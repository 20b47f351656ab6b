import type { EstateWithVm } from '../estate';
import { parseImageReference } from '../image-reference';
import type { VaultKey } from '../tokens';
import { legacyOnVm, legacySpellings, presentLegacy } from './legacy-registry';
import { legacyDialName } from './name-resolution';
import { pipelineImage } from './pipeline-image';

/** An image that the registry VM saves, from where pipelines pull it. */
export interface BreakGlassImage {
  readonly name: string;
  /** As pipelines name it, which is what an archive brings back. */
  readonly reference: string;
  /** What the VM dials for one of our registries. @default what the reference names, which asks for no login */
  readonly from?: {
    readonly url: string;
    readonly user: string | VaultKey;
    readonly password: VaultKey;
  };
}

/** What pipelines run in, and the cluster is therefore repaired with. */
export function breakGlassImages(estate: EstateWithVm): readonly BreakGlassImage[] {
  const { forgejo, pipelineImages, tokens } = estate;
  const legacy = presentLegacy(estate);
  const port = legacyOnVm(estate)?.port ?? 443;
  return pipelineImages.map(({ image: name }) => {
    const reference = pipelineImage(estate, name, 'estate.pipelineImages');
    const { host } = parseImageReference(reference);
    if (host === forgejo.host) {
      const { owner: user, vault: password } = tokens.pull;
      return { name, reference, from: { url: `https://${host}`, user, password } };
    }
    if (legacy === undefined || !legacySpellings(estate).includes(host)) return { name, reference };
    return {
      name,
      reference,
      from: { url: `https://${legacyDialName(estate)}:${port}`, ...legacy.credential },
    };
  });
}
