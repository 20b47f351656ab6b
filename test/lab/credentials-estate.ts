import { randomBytes } from 'node:crypto';
import type { Estate } from '../../estate/estate';
import { validateEstate } from '../../estate/validate';
import type { ForgeAdministration } from '../../lab/servers/forge-administration';
import { estateAt } from '../support/estates';

let count = 0;
// A forge that runs already may have those of an earlier run.
const run = randomBytes(2).toString('hex');

/** An estate of its own on a shared forge and Vault: accounts, Vault paths and all; a person's account is made. */
export async function credentialsEstate(
  forge: Pick<ForgeAdministration, 'createUser'>,
  kind: 'user' | 'organization',
): Promise<Estate> {
  count += 1;
  const id = `${count}-${run}`;
  const owner = `${kind}${id}`;
  const pusher = kind === 'user' ? owner : `pusher${id}`;
  // Limited: whoever is logged in may pull, and nobody else.
  if (kind === 'user') await forge.createUser({ name: owner, visibility: 'limited' });
  const base = estateAt('prepare');
  const token = (issuer: string, scope: string, duty: string) => ({
    ...{ owner: issuer, scopes: [scope], vault: { path: owner, key: `forgejo_${duty}_token` } },
  });
  return validateEstate<Estate>({
    ...base,
    forgejo: {
      ...base.forgejo,
      packages:
        kind === 'user'
          ? { owner, ownerIs: 'user' }
          : { owner, ownerIs: 'organization', writers: [pusher, `sweeper${id}`] },
    },
    tokens: {
      pull: token(`puller${id}`, 'read:package', 'pull'),
      push: token(pusher, 'write:package', 'push'),
      delete: token(kind === 'user' ? owner : `sweeper${id}`, 'write:package', 'delete'),
    },
  });
}
