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

/** What a server answers for a name, by itself or by whom it asks. Servers that forward to each other never answer. */
export function answerThrough(
  estate: Estate,
  resolver: string,
  name: string,
  asked: readonly string[] = [],
): NamedAnswer | undefined {
  const own = answersOf(estate, resolver).find((answer) => answer.name === name);
  const forwardsTo = estate.resolvers[resolver]?.forwardsTo;
  if (own !== undefined || forwardsTo === undefined || asked.includes(forwardsTo)) return own;
  return answerThrough(estate, forwardsTo, name, [...asked, resolver]);
}

/** What a front door is told to be: an address, or a name inside of the cluster; the public one is the ingress's. */
export function frontDoorData({ hosts, registryVm }: Estate, frontDoor: FrontDoor): string | undefined {
  switch (frontDoor) {
    case 'traefik-load-balancer':
      return hosts.traefikLoadBalancer;
    case 'traefik-service':
      return hosts.traefikService;
    case 'registry-vm':
      return registryVm?.address;
    case 'public-address':
      return undefined;
  }
}
