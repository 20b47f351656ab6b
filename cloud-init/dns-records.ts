import type { Estate } from '../estate/estate';
import type { Answer, FrontDoor, ResolverName } from '../estate/name-resolution';

/** One answer that a DNS server of the homelab has to give. */
export interface DnsRecord extends Answer {
  readonly server: ResolverName;
  /** What the name is told to be: an address, or another name for a front door inside the cluster. */
  readonly data: string;
}

/** A piece of a DNS server's configuration, as the server reads it. */
export interface DnsSnippet {
  readonly server: ResolverName;
  readonly fileName: string;
  readonly text: string;
}

const timeToLiveSeconds = 300;

/** The answers that lead to this estate's own front doors; the public ones are the ingress's records at Cloudflare. */
export function dnsRecords(estate: Estate): readonly DnsRecord[] {
  const { phase, resolvers } = estate;
  return serversOf(estate).flatMap((server) =>
    resolvers[server].answers.flatMap(({ name, frontDoor, until }) => {
      const data = dataOf(estate, frontDoor);
      return data === undefined || until === phase ? [] : [{ server, name, frontDoor, data }];
    }),
  );
}

/**
 * What each DNS server holds so that every client class finds what its pull path dials:
 *
 * - Technitium: a zone file a name, for import. Names that it has no zone for stay the public resolver's.
 * - Unbound on pfSense: those names are asked of Technitium, whose private answers are let through.
 * - CoreDNS: a server block a name, which rewrites it to the Service; the cluster IP is nobody's literal.
 */
export function dnsSnippets(estate: Estate): readonly DnsSnippet[] {
  const records = dnsRecords(estate);
  const zones = records.filter(({ server }) => server === 'technitium');
  const blocks = records.filter(({ server }) => server === 'coredns');
  return [
    ...zones.map(({ name, data }) => ({
      server: 'technitium' as const,
      fileName: `technitium/${name}.zone`,
      text: zoneFile(name, data),
    })),
    {
      server: 'pfsense',
      fileName: 'pfsense/unbound.conf',
      text: unboundOptions(
        estate.hosts.technitiumDns,
        zones.map(({ name }) => name),
      ),
    },
    { server: 'coredns', fileName: 'coredns/Corefile', text: blocks.map(serverBlock).join('\n') },
  ];
}

function serversOf(estate: Estate): readonly ResolverName[] {
  return Object.keys(estate.resolvers) as ResolverName[];
}

function dataOf({ hosts }: Estate, frontDoor: FrontDoor): string | undefined {
  switch (frontDoor) {
    case 'traefik-load-balancer':
      return hosts.traefikLoadBalancer;
    case 'traefik-service':
      return hosts.traefikService;
    case 'registry-vm':
      return hosts.registryVm;
    case 'public-address':
      return undefined;
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
function unboundOptions(technitium: string, names: readonly string[]): string {
  const server = names.flatMap((name) => [
    `    private-domain: "${name}"`,
    // The public zone may be signed; the private answer is not.
    `    domain-insecure: "${name}"`,
  ]);
  const zones = names.map((name) => `forward-zone:\n    name: "${name}"\n    forward-addr: ${technitium}\n`);
  return ['server:', ...server, '', zones.join('\n')].join('\n');
}

function serverBlock({ name, data }: DnsRecord): string {
  return [
    `${name}:53 {`,
    '    errors',
    '    cache 30',
    `    rewrite name exact ${name} ${data}`,
    '    kubernetes cluster.local',
    '}',
    '',
  ].join('\n');
}
