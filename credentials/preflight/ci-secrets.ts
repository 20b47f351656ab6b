import { WoodpeckerSecrets, type ListedSecret } from '../../clients/woodpecker/secrets';
import { findingOf, type Finding } from './finding';

/** A secret that pipelines are given by its name at the CI, and the events that start them. */
export interface CiSecret {
  readonly name: string;
  readonly by: readonly string[];
  readonly events: readonly string[];
}

/** Those of every repository, which an administrator's token lists; a repository's own are its owner's to see. */
export function observeCiSecrets(url: string, token: string): Promise<readonly ListedSecret[]> {
  return new WoodpeckerSecrets({ url, token, scope: 'global' }).list();
}

/** A pipeline without one of its secrets does not start at all (2026-06-10). */
export function judgeCiSecrets(
  needed: readonly CiSecret[],
  listed: readonly ListedSecret[],
): readonly Finding[] {
  return needed.map(({ name, by, events }): Finding => {
    const finding = findingOf('ci secret', name);
    const secret = listed.find((each) => each.name === name);
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
