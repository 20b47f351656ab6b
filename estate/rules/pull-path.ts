import { answerThrough } from '../derived/name-resolution';
import { pullPathsOf, type PullPath } from '../derived/pull-paths';
import type { Estate } from '../estate';
import type { ClientClass, PullPathFacts } from '../pull-paths';
import { presentLegacy } from '../derived/legacy-registry';
import { faultsIn, type Rule } from './rule';

/** A path is one that its client can go: it reads what redirects it, and every name on it leads where it says. */
export const pullPath: Rule = (estate) => [
  ...estate.pullPaths.flatMap(directionFaults),
  ...pullPathsOf(estate)
    .filter(({ isPresent }) => isPresent)
    .flatMap((path) => resolutionFaults(estate, path)),
  ...classFaults(estate),
  ...serverFaults(estate),
];

function directionFaults({ client, registry, by }: PullPathFacts): string[] {
  return faultsIn([
    by !== 'dns' && client !== 'kubelet',
    `estate.pullPaths: "${client}" to "${registry}": is redirected, but only containerd reads a hosts.toml, got by "redirect"; say "dns" and let its resolver answer`,
  ]);
}

function resolutionFaults(estate: Estate, { client, host, dials, frontDoor, realm }: PullPath): string[] {
  const { resolvers, reaches } = estate.clientNetworks[client];
  const where = `estate.pullPaths: "${client}" to "${host}"`;
  return [
    ...faultsIn([
      !reaches.includes(frontDoor),
      `${where}: a connection of "${client}" does not arrive there, got frontDoor "${frontDoor}"; use one of "${[...reaches].sort().join('", "')}"`,
    ]),
    ...resolvers.flatMap((resolver) => {
      const dialled = isName(dials) ? answerThrough(estate, resolver, withoutPort(dials)) : undefined;
      const asked = realm === undefined ? undefined : answerThrough(estate, resolver, withoutPort(realm));
      return faultsIn(
        [
          isName(dials) && dialled?.frontDoor !== frontDoor,
          `${where}: "${resolver}" does not lead "${dials}" to "${frontDoor}", got "${dialled?.frontDoor ?? 'no answer'}"; add the answer to estate.resolvers, or take the server from its resolvers`,
        ],
        [
          realm !== undefined && (asked === undefined || !reaches.includes(asked.frontDoor)),
          `${where}: its token service "${realm ?? ''}" is out of reach by "${resolver}", got "${asked?.frontDoor ?? 'no answer'}"; containerd looks the realm up by DNS, whatever a mirror says`,
        ],
      );
    }),
  ];
}

function classFaults(estate: Estate): string[] {
  const classes = Object.keys(estate.clientNetworks) as ClientClass[];
  const needed = [
    ...classes.map((client) => ({ client, registry: 'forgejo' as const })),
    ...(presentLegacy(estate) === undefined
      ? []
      : [{ client: 'kubelet' as const, registry: 'legacy' as const }]),
  ];
  const count = ({ client, registry }: (typeof needed)[number]): number =>
    estate.pullPaths.filter((path) => path.client === client && path.registry === registry).length;
  return needed
    .filter((path) => count(path) !== 1)
    .map(
      (path) =>
        `estate.pullPaths: "${path.client}" needs exactly one path to "${path.registry}", got ${count(path)}; write one row of that client and registry`,
    );
}

/** A machine's resolver is told which servers to ask for these names, by address; and a server that is named exists. */
function serverFaults({ clientNetworks, resolvers }: Estate): string[] {
  const named = [
    ...Object.entries(clientNetworks).flatMap(([client, network]) =>
      network.resolvers.map((name) => ({ where: `estate.clientNetworks["${client}"].resolvers`, name })),
    ),
    ...Object.entries(resolvers).flatMap(([name, { forwardsTo }]) =>
      forwardsTo === undefined ? [] : [{ where: `estate.resolvers["${name}"].forwardsTo`, name: forwardsTo }],
    ),
  ];
  return [
    ...named
      .filter(({ name }) => resolvers[name] === undefined)
      .map(
        ({ where, name }) =>
          `${where}: names a server that estate.resolvers does not have, got "${name}"; add its row or correct the name`,
      ),
    ...(['kubelet', 'vm'] as const).flatMap((client) =>
      clientNetworks[client].resolvers
        .filter((resolver) => resolvers[resolver] !== undefined && resolvers[resolver].address === undefined)
        .map(
          (resolver) =>
            `estate.clientNetworks["${client}"].resolvers: is a server that no machine can be told of, got "${resolver}"; name one that has an address`,
        ),
    ),
  ];
}

function isName(dials: string): boolean {
  return /[a-z]/i.test(withoutPort(dials));
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
