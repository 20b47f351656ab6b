import type { Estate } from '../estate';
import type { Answer, FrontDoor } from '../name-resolution';
import { legacyOnVm, presentLegacy } from './legacy-registry';

/** What a DNS server answers in the estate's phase: a name and where it leads. */
export interface NamedAnswer {
  readonly name: string;
  readonly frontDoor: FrontDoor;
}

export function answersOf(estate: Estate, resolver: string): readonly NamedAnswer[] {
  return (estate.resolvers[resolver]?.answers ?? []).flatMap(({ nameOf, frontDoor }) => {
    const name = nameIn(estate, nameOf);
    return name === undefined ? [] : [{ name, frontDoor }];
  });
}

function nameIn(estate: Estate, nameOf: Answer['nameOf']): string | undefined {
  if (nameOf === 'forgejo') return estate.forgejo.host;
  return presentLegacy(estate) === undefined ? undefined : legacyDialName(estate);
}

/** The name by which machines dial the legacy registry: the VM's own, or the one that its Ingress routes. */
export function legacyDialName(estate: Estate): string {
  const { legacyRegistry, registryVm } = estate;
  return legacyOnVm(estate) === undefined || registryVm === undefined
    ? legacyRegistry.host
    : registryVm.pullName;
}
