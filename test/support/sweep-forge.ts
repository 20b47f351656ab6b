import { ForgejoApi } from '../../clients/forgejo/api';
import { isDigest, type Digest } from '../../clients/forgejo/tag';
import { deleteVersion } from '../../clients/forgejo/version';
import { listVersions } from '../../clients/forgejo/versions';
import type { UnclaimedDigest } from '../../clients/forgejo/package-contents';
import { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';
import { sweptIds, type SweepRow } from './forgejo-sweep';

/** An owner whose packages are swept, with a token that may write them. */
export interface SweptOwner {
  readonly name: string;
  readonly token: string;
}

interface ForgeRow extends SweepRow {
  readonly owner: SweptOwner;
  readonly package: string;
  readonly name: string;
}

/**
 * Forgejo's sweep on a forge that has none, over the rows of some owners: which rows it takes is decided by the function
 * that the model is made of, in the order of the ids that the forge itself gave them.
 */
export async function sweepForge(url: string, owners: readonly SweptOwner[]): Promise<number> {
  const rows: ForgeRow[] = [];
  for (const owner of owners) rows.push(...(await rowsOf(url, owner)));
  const swept = sweptIds(rows);
  for (const row of rows.filter(({ id }) => swept.has(id)))
    await deleteVersion(apiOf(url, row.owner), row.package, row.name as UnclaimedDigest);
  return swept.size;
}

async function rowsOf(url: string, owner: SweptOwner): Promise<readonly ForgeRow[]> {
  const client = new RegistryClient({ url, credentials: { username: owner.name, password: owner.token } });
  return Promise.all(
    (await listVersions(apiOf(url, owner))).map(async ({ id, package: name, name: version }) => {
      const row = { id, owner, package: name, name: version };
      if (isDigest(version)) return { ...row, digest: version, children: [] };
      const { body, mediaType } = await client.getManifest(`${owner.name}/${name}`, version);
      const manifest = parseManifest(body, mediaType);
      return {
        ...row,
        children: manifest.kind === 'index' ? manifest.children.map((child) => child.digest as Digest) : [],
      };
    }),
  );
}

function apiOf(url: string, { name, token }: SweptOwner): ForgejoApi {
  return new ForgejoApi({ url, owner: name, token });
}
