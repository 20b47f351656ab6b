import { WoodpeckerSecrets, type ListedSecret } from '../../clients/woodpecker/secrets';
import type { VaultKey } from '../../estate/tokens';
import { findingOf, type Finding } from './finding';

/** A secret that pipelines are given by its name at the CI, and the events that start them. */
export interface CiSecret {
  readonly name: string;
  readonly by: readonly string[];
  readonly events: readonly string[];
}

/** Of every repository, by the token that the sync writes them with; a repository's own are its owner's to see. */
export async function askCiSecrets(
  url: string,
  token: string,
  { path, key }: VaultKey,
  needed: readonly CiSecret[],
): Promise<readonly Finding[]> {
  const authority = `put an administrator's token into Vault at ${path}, key ${key}`;
  const client = new WoodpeckerSecrets({ url, token, scope: 'global', authority });
  const duty = findingOf('token', 'API token of the secret sync');
  const may = (await client.isAdministrator())
    ? duty('well', 'an administrator of Woodpecker')
    : duty(
        'fault',
        `may list the secrets of pipelines and write none, got a login that is no administrator's; ${authority}`,
      );
  return [may, ...judgeCiSecrets(needed, await client.list())];
}

/** A pipeline without one of its secrets does not start at all (2026-06-10). */
function judgeCiSecrets(needed: readonly CiSecret[], listed: readonly ListedSecret[]): readonly Finding[] {
  return needed.map(({ name, by, events }): Finding => {
    const finding = findingOf('ci secret', name);
    // Pipelines read no case.
    const secret = listed.find((each) => each.name.toLowerCase() === name.toLowerCase());
    const given = `is given to ${by.join(', ')}`;
    if (secret === undefined)
      return finding(
        'fault',
        `${given} and is not there, got none; put it where the secret sync reads, or into Woodpecker`,
      );
    const kept = events.filter((event) => !secret.events.includes(event));
    if (kept.length > 0)
      return finding(
        'fault',
        `${given} and is kept from their events, got no ${kept.join(', ')}; add them to the secret`,
      );
    if (secret.images.length > 0)
      return finding(
        'elsewhere',
        `${given}; plugins of ${secret.images.join(', ')} alone receive it, and no step with commands`,
      );
    return finding('well', given);
  });
}
