import type { ForgejoApi } from '../../clients/forgejo/api';
import type { Tag } from '../../clients/forgejo/tag';
import { deleteVersion, hasVersion } from '../../clients/forgejo/version';
import type { RegistryClient } from '../../clients/oci/client';
import { isNotFound } from '../../clients/http/errors';
import { passingPackages } from '../../clients/forgejo/passing-packages';
import { pushImage } from '../../clients/oci/push-image';
import type { TagVersion } from './package';

const PUSH_ATTEMPTS = 5;
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * Proves that the token may delete, by pushing a tag and deleting it: listing and reading need less, so a run that only
 * looks cannot know (incident 2026-06-09: a year of dry runs hid a 403). Each run has a tag of its own.
 */
export async function proveAuthority(client: RegistryClient, api: ForgejoApi, nowMs: number): Promise<void> {
  const repository = `${api.owner}/${passingPackages.retention}`;
  const tag = `canary-${nowMs}-${Math.random().toString(36).slice(2, 8)}` as Tag;
  await pushCanary(client, repository, tag);
  await deleteVersion(api, passingPackages.retention, tag);
  if (!(await hasVersion(api, passingPackages.retention, tag))) return;
  throw new Error(
    `retention: deleting ${repository}:${tag} was accepted but the tag is still there; look at Forgejo's log before anything else is deleted`,
  );
}

/** The package goes with its last tag: another run's may be deleted between the upload of our blobs and our manifest. */
async function pushCanary(client: RegistryClient, repository: string, tag: Tag): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pushImage(client, repository, passingPackages.retention, tag);
      return;
    } catch (error) {
      if (!isNotFound(error) || attempt === PUSH_ATTEMPTS) throw error;
    }
  }
}

/** Removes canaries that a run left behind because it was killed between its push and its delete. */
export async function removeAbandoned(
  api: ForgejoApi,
  canaries: readonly TagVersion[],
  nowMs: number,
): Promise<void> {
  for (const { tag, createdAtMs } of canaries)
    if (nowMs - createdAtMs > ABANDONED_AFTER_MS) await deleteVersion(api, passingPackages.retention, tag);
}
