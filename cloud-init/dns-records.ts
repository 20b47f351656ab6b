import { answersOf, frontDoorData, type NamedAnswer } from '../estate/derived/name-resolution';
import type { Estate } from '../estate/estate';
import type { Resolver } from '../estate/name-resolution';

/** One answer that a DNS server of the homelab has to give. */
export interface DnsRecord extends NamedAnswer {
  /** Its name in `estate.resolvers`. */
  readonly server: string;
  /** What the name is told to be: an address, or another name for a front door inside the cluster. */
  readonly data: string;
}

/** A piece of a DNS server's configuration, as the server reads it. */
export interface DnsSnippet {
  readonly server: string;
  /** Below the folder of everything that DNS servers are given: the server, and its file. */
  readonly fileName: string;
  readonly text: string;
}

const timeToLiveSeconds = 300;

/** The answers that lead to this estate's own front doors; the public ones are the ingress's records. */
export function dnsRecords(estate: Estate): readonly DnsRecord[] {
  return Object.keys(estate.resolvers).flatMap((server) =>
    answersOf(estate, server).flatMap(({ name, frontDoor }) => {
      const data = frontDoorData(estate, frontDoor);
      return data === undefined ? [] : [{ server, name, frontDoor, data }];
    }),
  );
}

/**
 * What each DNS server holds so that every client class finds what its pull path dials:
 *
 * - as zone files (Technitium): one a name, for import. Names that it has no zone for stay the public resolver's.
 * - as unbound.conf (pfSense): the names of the server it forwards to, whose private answers are let through.
 * - as a Corefile (CoreDNS): a server block a name, which rewrites it to the Service; the cluster IP is nobody's literal.
 */
export function dnsSnippets(estate: Estate): readonly DnsSnippet[] {
  const records = dnsRecords(estate);
  return Object.entries(estate.resolvers).flatMap(([server, resolver]) =>
    filesOf(estate, server, resolver, records).map(([fileName, text]) => ({
      ...{ server, fileName: `${server}/${fileName}`, text },
    })),
  );
}

function filesOf(
  estate: Estate,
  server: string,
  { configuredAs, forwardsTo = '' }: Resolver,
  records: readonly DnsRecord[],
): readonly (readonly [fileName: string, text: string])[] {
  const own = records.filter((record) => record.server === server);
  switch (configuredAs) {
    case 'zone-files':
      return own.map(({ name, data }) => [`${name}.zone`, zoneFile(name, data)]);
    case 'unbound': {
      const names = records.filter((record) => record.server === forwardsTo).map(({ name }) => name);
      return [['unbound.conf', unboundOptions(estate.resolvers[forwardsTo]?.address ?? '', names)]];
    }
    case 'corefile':
      return [['Corefile', own.map(serverBlock).join('\n')]];
    case 'others':
      return [];
  }
}

/** RFC 1035, section 5. The serial never changes: an import replaces the zone, and no other server copies it. */
function zoneFile(name: string, address: string): string {
  return [
    `$ORIGIN ${name}.`,
    `$TTL ${timeToLiveSeconds}`,
    `@ IN SOA ns.${name}. hostmaster.${name}. 1 3600 600 604800 ${timeToLiveSeconds}`,
    `@ IN NS ns.${name}.`,
    `ns IN A ${address}`,
    `@ IN A ${address}`,
    '',
  ].join('\n');
}

/** unbound.conf(5); pfSense takes it as "Custom options" of its DNS resolver. */
function unboundOptions(forwardTo: string, names: readonly string[]): string {
  const server = names.flatMap((name) => [
    `    private-domain: "${name}"`,
    // The public zone may be signed; the private answer is not.
    `    domain-insecure: "${name}"`,
  ]);
  const zones = names.map((name) => `forward-zone:\n    name: "${name}"\n    forward-addr: ${forwardTo}\n`);
  return ['server:', ...server, '', zones.join('\n')].join('\n');
}

function serverBlock({ name, data }: DnsRecord): string {
  const lines = ['errors', 'cache 30', `rewrite name exact ${name} ${data}`, 'kubernetes cluster.local'];
  return `${name}:53 {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}
