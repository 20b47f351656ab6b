import type { Estate } from '../estate';
import type { FrontDoor } from '../name-resolution';
import type { ClientClass, PullPathFacts } from '../pull-paths';
import { legacyOnVm, presentLegacy } from './legacy-registry';
import { legacyDialName } from './name-resolution';
import { registrySpellings } from './registries';

/** How one class of client reaches one registry host, always over https. */
export interface PullPath {
  readonly client: ClientClass;
  readonly by: 'dns' | 'redirect';
  /** The host that the reference names, which is also what an ingress routes by. */
  readonly host: string;
  /** The name that the client dials, with a port unless it is 443. */
  readonly dials: string;
  readonly frontDoor: FrontDoor;
  /** Host of the token service that the registry's challenge names; without one the registry asks for a password. */
  readonly realm?: string;
  /** Whether the registry is there in the estate's phase. */
  readonly isPresent: boolean;
}

/** Every path to our registries, those of the past included: what once led there has to be removed. */
export function pullPathsOf(estate: Estate): readonly PullPath[] {
  return estate.pullPaths.flatMap((facts) =>
    registrySpellings(estate, facts.registry).map((host) => ({
      client: facts.client,
      by: facts.by,
      host,
      dials: dialled(estate, facts, host),
      frontDoor: facts.frontDoor,
      ...(facts.registry === 'forgejo' ? { realm: estate.forgejo.host } : {}),
      isPresent: facts.registry === 'forgejo' || presentLegacy(estate) !== undefined,
    })),
  );
}

/** An ingress routes by name, so only the registry VM's own port is dialled by another name than the reference's. */
function dialled(estate: Estate, { by, frontDoor }: PullPathFacts, host: string): string {
  const port = legacyOnVm(estate)?.port;
  if (by === 'dns' || frontDoor !== 'registry-vm' || port === undefined) return host;
  return `${legacyDialName(estate)}:${port}`;
}
