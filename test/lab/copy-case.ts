import { RegistryClient } from '../../clients/oci/client';
import { estate } from '../../estate';
import type { Image } from '../../estate/images';
import type { PerformCopyProps } from '../../migration/copy/perform';

/** Everything of a copy between two real registries, as text. */
export interface CopyCase {
  readonly legacy: string;
  readonly forge: string;
  readonly owner: string;
  readonly user: string;
  readonly token: string;
  readonly images: readonly Image[];
  readonly engine: string;
}

export function copyProps({
  legacy,
  forge,
  owner,
  user,
  token,
  images,
  engine,
}: CopyCase): PerformCopyProps & { readonly target: RegistryClient } {
  const source = new RegistryClient({ url: legacy });
  const target = new RegistryClient({ url: forge, credentials: { username: user, password: token } });
  return {
    estate: {
      ...estate,
      ...{ images, apps: [] },
      forgejo: { ...estate.forgejo, packages: { ...estate.forgejo.packages, owner } },
    },
    sources: {
      ...{ target, sourceOf: () => source, prometheus: undefined, kubernetes: undefined },
      ...{ tree: undefined, nowMs: Date.now() },
    },
    environment: { PATH: process.env['PATH'], FORGEJO_USER: user, FORGEJO_TOKEN: token },
    ...{ engine, target },
  };
}
