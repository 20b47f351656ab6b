import type { Estate } from '../estate';
import type { Answer, ResolverName } from '../name-resolution';
import type { ClientClass, PullPath } from '../pull-paths';
import type { Rule } from './rule';

/** A path is one that its client can go: it reads what redirects it, and every name on it leads where it says. */
export const pullPath: Rule = (estate) => [
  ...estate.pullPaths.flatMap((path) => [...directionFaults(path), ...resolutionFaults(estate, path)]),
  ...classFaults(estate),
  ...serverFaults(estate),
];

function directionFaults({ client, host, by, dials, nameRouted }: PullPath): string[] {
  const where = `estate.pullPaths: "${client}" to "${host}"`;
  if (by === 'dns')
    return dials === host
      ? []
      : [
          `${where}: is by "dns" and dials another host, got "${dials}"; dial the host itself or say "redirect"`,
        ];
  return [
    ...(client === 'kubelet'
      ? []
      : [
          `${where}: is redirected, but only containerd reads a hosts.toml, got by "redirect"; say "dns" and let its resolver answer`,
        ]),
    ...(nameRouted && dials !== host
      ? [
          `${where}: is redirected to a name that the ingress does not route, got "${dials}"; dial "${host}", which it does`,
        ]
      : []),
  ];
}

function resolutionFaults(estate: Estate, { client, host, dials, frontDoor, realm }: PullPath): string[] {
  const { resolvers, reaches } = estate.clientNetworks[client];
  const where = `estate.pullPaths: "${client}" to "${host}"`;
  return resolvers.flatMap((resolver) => {
    const dialled = isName(dials) ? answerOf(estate, resolver, withoutPort(dials)) : undefined;
    const asked = realm === undefined ? undefined : answerOf(estate, resolver, withoutPort(realm));
    return [
      ...(isName(dials) && dialled?.frontDoor !== frontDoor
        ? [
            `${where}: "${resolver}" does not lead "${dials}" to "${frontDoor}", got "${dialled?.frontDoor ?? 'no answer'}"; add the answer to estate.resolvers, or take the server from its resolvers`,
          ]
        : []),
      ...(reaches.includes(frontDoor)
        ? []
        : [
            `${where}: a connection of "${client}" does not arrive there, got frontDoor "${frontDoor}"; use one of "${[...reaches].sort().join('", "')}"`,
          ]),
      ...(realm !== undefined && (asked === undefined || !reaches.includes(asked.frontDoor))
        ? [
            `${where}: its token service "${realm}" is out of reach by "${resolver}", got "${asked?.frontDoor ?? 'no answer'}"; containerd looks the realm up by DNS, whatever a mirror says`,
          ]
        : []),
    ];
  });
}

function classFaults({ pullPaths, clientNetworks, registries, phase }: Estate): string[] {
  const paths = pullPaths.filter(({ until }) => until !== phase);
  const classes = Object.keys(clientNetworks) as ClientClass[];
  const needed = [
    ...classes.flatMap((client) => registries.forgejo.spellings.map((host) => ({ client, host }))),
    ...(phase === 'decommission' ? [] : registries.legacy.spellings).map((host) => ({
      client: 'kubelet' as const,
      host,
    })),
  ];
  const count = (client: ClientClass, host: string): number =>
    paths.filter((path) => path.client === client && path.host === host).length;
  return needed
    .filter(({ client, host }) => count(client, host) !== 1)
    .map(
      ({ client, host }) =>
        `estate.pullPaths: "${client}" needs exactly one path to "${host}", got ${count(client, host)}; write one row of that client and host`,
    );
}

/** A machine's resolver is told which servers to ask for these names, by address. */
function serverFaults({ clientNetworks, resolvers }: Estate): string[] {
  return (['kubelet', 'vm'] as const).flatMap((client) => [
    ...clientNetworks[client].resolvers
      .filter((resolver) => resolvers[resolver].address === undefined)
      .map(
        (resolver) =>
          `estate.clientNetworks["${client}"].resolvers: is a server that no machine can be told of, got "${resolver}"; name one that has an address`,
      ),
  ]);
}

function answerOf(
  estate: Estate,
  resolver: ResolverName,
  name: string,
  asked: readonly ResolverName[] = [],
): Answer | undefined {
  const { answers, forwardsTo } = estate.resolvers[resolver];
  const own = answers.find((answer) => answer.name === name);
  // Servers that forward to each other never answer.
  if (own !== undefined || forwardsTo === undefined || asked.includes(forwardsTo)) return own;
  return answerOf(estate, forwardsTo, name, [...asked, resolver]);
}

function isName(dials: string): boolean {
  return /[a-z]/i.test(withoutPort(dials)) && !dials.startsWith('[') && !dials.includes('::');
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
