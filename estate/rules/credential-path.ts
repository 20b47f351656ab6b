import type { Estate } from '../estate';
import type { Rule } from './rule';

/** A credential travels encrypted: containerd sends what it has for a host to whatever a hosts.toml names. */
export const credentialPath: Rule = (estate) => [
  ...estate.pullPaths
    .filter(({ host, scheme }) => scheme === 'http' && asksForCredentials(estate, host))
    .map(
      ({ client, host, scheme }) =>
        `estate.pullPaths: "${client}" to "${host}": its credentials travel in the clear, got scheme "${scheme}"; use https`,
    ),
  ...estate.pullThroughCaches
    .filter(({ upstream }) => asksForCredentials(estate, upstream))
    .map(
      ({ name, upstream, port }) =>
        `estate.pullThroughCaches["${name}"]: serves a registry that asks for credentials over plain http, got upstream "${upstream}" on port ${port}; let nodes pull from it directly`,
    ),
  ...mirrorPortFaults(estate),
];

function asksForCredentials({ registries }: Estate, host: string): boolean {
  return Object.values(registries).some(
    ({ spellings, needsPullSecret }) => needsPullSecret && spellings.includes(host),
  );
}

/** Nodes were given mirrors on 5020 and 5030 where nothing listened (incident 13). */
function mirrorPortFaults({ pullPaths, pullThroughCaches, registryVm, hosts, phase }: Estate): string[] {
  const listening = [
    ...pullThroughCaches.map(({ port }) => port),
    ...(phase === 'decommission' ? [] : [registryVm.legacy.port]),
  ];
  return pullPaths
    .filter(({ until }) => until !== phase)
    .flatMap(({ client, host, dials }) => {
      const [machine = '', port = '443'] = dials.split(':');
      return [hosts.registryVm, hosts.registryVmName, hosts.registryVmPullName].includes(machine) &&
        !listening.includes(Number(port))
        ? [
            `estate.pullPaths: "${client}" to "${host}": no registry listens there in phase "${phase}", got "${dials}"; dial the port of a cache or of the legacy registry`,
          ]
        : [];
    });
}
