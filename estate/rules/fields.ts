import { quantityBytes } from '../derived/quantity';
import type { Estate } from '../estate';
import { hostFaults, repositoryFaults } from '../image-reference';
import { phases } from '../phases';
import type { VaultKey } from '../tokens';
import {
  check,
  bodySize,
  count,
  cron,
  freePercent,
  imageReference,
  ipv4,
  ipv4WithPort,
  objectName,
  percent,
  portNumber,
  quantity,
  seconds,
  share,
  timeZone,
  treePath,
  url,
  vaultKeyFaults,
  vaultPath,
  version,
} from './check';
import { ciFields } from './ci-fields';
import { imageFields } from './image-fields';
import { registryVmFields } from './registry-vm-fields';
import type { Rule } from './rule';

/** Every field holds a value of its kind; the rules across facts may rely on that. */
export const fields: Rule = (estate) => [
  ...(phases.includes(estate.phase)
    ? []
    : [
        `estate.phase: is not a phase, got "${estate.phase as string}"; write one of "${phases.join('", "')}"`,
      ]),
  ...hostFields(estate),
  ...registryFields(estate),
  ...imageFields(estate),
  ...secretFields(estate),
  ...pullSecretFields(estate),
  ...quotaFields(estate),
  ...forgejoFields(estate),
  ...retentionFields(estate),
  ...integrityProbeFields(estate),
  ...registryVmFields(estate),
  ...stackFields(estate),
  ...repositoryIdFields(estate),
  ...ciFields(estate),
];

function hostFields({ hosts, pushgateway }: Estate): string[] {
  const prefixes = Object.entries(hosts.annotationPrefixes);
  const where = 'estate.hosts';
  return [
    ...check(`${where}.rootDomain`, hosts.rootDomain, hostFaults, 'write a domain such as "example.org"'),
    ...check(
      `${where}.traefikLoadBalancer`,
      hosts.traefikLoadBalancer,
      ipv4,
      'write the address MetalLB gives Traefik',
    ),
    ...check(`${where}.traefikService`, hosts.traefikService, hostFaults, 'write the name of the Service'),
    ...check(
      `${where}.kubernetesApi`,
      hosts.kubernetesApi,
      ipv4WithPort,
      'write address:port of the API server, such as "192.0.2.1:6443"',
    ),
    ...check(`${where}.vaultAddress`, hosts.vaultAddress, url, 'write the URL of Vault'),
    ...check(
      `${where}.runbooks`,
      hosts.runbooks.startsWith('/') ? `https://forge${hosts.runbooks}` : hosts.runbooks,
      url,
      'write a URL, or a path on Forgejo that begins with "/"',
    ),
    ...prefixes.flatMap(([name, prefix]: [string, string]) =>
      check(`${where}.annotationPrefixes.${name}`, prefix, hostFaults, 'write a domain, without a slash'),
    ),
    ...(['readTimeoutSeconds', 'writeTimeoutSeconds'] as const).flatMap((limit) =>
      check(`${where}.websecure.${limit}`, hosts.websecure[limit], seconds, 'write seconds, 0 for none'),
    ),
    ...check('estate.pushgateway.service', pushgateway.service, objectName, 'write the name of the Service'),
    ...check('estate.pushgateway.namespace', pushgateway.namespace, objectName, 'write its namespace'),
    ...check('estate.pushgateway.port', pushgateway.port, portNumber, 'write the port of the Service'),
    ...(pushgateway.nodePort === undefined
      ? []
      : check('estate.pushgateway.nodePort', pushgateway.nodePort, portNumber, 'write the NodePort')),
  ];
}

function pullSecretFields({ pullSecret }: Estate): string[] {
  const where = 'estate.pullSecret';
  const namespaces =
    pullSecret.copiedBy === 'kyverno'
      ? [pullSecret.namespace, ...pullSecret.excludedNamespaces]
      : pullSecret.namespaces;
  return [
    ...check(`${where}.name`, pullSecret.name, objectName, 'write the name of the Secret'),
    ...namespaces.flatMap((name) =>
      check(`${where} namespaces`, name, objectName, 'write the name of a namespace'),
    ),
    ...(pullSecret.copiedBy === 'kyverno'
      ? [
          ...check(
            `${where}.policy.name`,
            pullSecret.policy.name,
            objectName,
            'write the name of the policy',
          ),
          ...check(`${where}.chartVersion`, pullSecret.chartVersion, version, 'write a full chart version'),
          ...check(
            `${where}.chartRepository`,
            pullSecret.chartRepository,
            url,
            'write the URL of the chart repository',
          ),
        ]
      : []),
    ...(namespaces.length > 0 ? [] : [`${where}.namespaces: is empty, got ""; name those that pull`]),
  ];
}

function registryFields({ legacyRegistry, pullThroughCaches, resolvers }: Estate): string[] {
  const { host, runsOn } = legacyRegistry;
  const where = 'estate.legacyRegistry';
  return [
    ...check(`${where}.host`, host, hostFaults, 'write the name that references spell, without a port'),
    ...check(`${where}.runsOn.port`, runsOn.port, portNumber, 'write a port'),
    ...(runsOn.machine === 'cluster'
      ? [
          ...check(`${where}.runsOn.namespace`, runsOn.namespace, objectName, 'write its namespace'),
          ...check(`${where}.runsOn.service`, runsOn.service, objectName, 'write the name of its Service'),
        ]
      : []),
    ...pullThroughCaches.flatMap(({ name, upstream, upstreamUrl, port }) => {
      const cache = `estate.pullThroughCaches["${name}"]`;
      return [
        ...check(`${cache}.upstream`, upstream, hostFaults, 'write the host that references name'),
        ...check(`${cache}.upstreamUrl`, upstreamUrl, url, 'write the URL that it fetches from'),
        ...check(`${cache}.port`, port, portNumber, 'write a port'),
      ];
    }),
    ...Object.entries(resolvers).flatMap(([name, { address }]) =>
      address === undefined
        ? []
        : check(`estate.resolvers["${name}"].address`, address, ipv4, 'write the address of the server'),
    ),
  ];
}

function secretFields({ tokens, legacyRegistry: { credential }, forgejo: { publicDns } }: Estate): string[] {
  const keys: Readonly<Record<string, VaultKey>> = {
    'tokens["pull"].vault': tokens.pull.vault,
    'tokens["push"].vault': tokens.push.vault,
    'tokens["delete"].vault': tokens.delete.vault,
    'legacyRegistry.credential.user': credential.user,
    'legacyRegistry.credential.password': credential.password,
    ...(publicDns.madeBy === 'cloudflare'
      ? { 'forgejo.publicDns.email': publicDns.email, 'forgejo.publicDns.apiKey': publicDns.apiKey }
      : {}),
  };
  return Object.entries(keys).flatMap(([where, key]) => vaultKeyFaults(`estate.${where}`, key));
}

function quotaFields({ forgejo }: Estate): string[] {
  const { requestsMemory, limitsMemory, pods } = forgejo.quota;
  const where = 'estate.forgejo.quota';
  return [
    ...check(`${where}.requestsMemory`, requestsMemory, quantity, 'write a quantity such as "8Gi"'),
    ...check(`${where}.limitsMemory`, limitsMemory, quantity, 'write a quantity such as "32Gi"'),
    ...check(`${where}.pods`, pods, count, 'write how many pods fit'),
  ];
}

function forgejoFields({ forgejo, hosts, programs }: Estate): string[] {
  const { storage } = forgejo;
  return [
    ...check('estate.forgejo.host', forgejo.host, hostFaults, 'write the public host name'),
    ...(forgejo.host.endsWith(`.${hosts.rootDomain}`)
      ? []
      : [
          `estate.forgejo.host: is not below the root domain "${hosts.rootDomain}", got "${forgejo.host}"; write a name below it, or correct estate.hosts.rootDomain`,
        ]),
    ...check('estate.forgejo.namespace', forgejo.namespace, objectName, 'write the name of its namespace'),
    ...check('estate.forgejo.packages.owner', forgejo.packages.owner, repositoryFaults, 'write the account'),
    ...check('estate.forgejo.image', forgejo.image, imageReference, 'write host/path:version'),
    ...check('estate.programs.image', programs.image, imageReference, 'write host/path:version'),
    ...check('estate.forgejo.memory', forgejo.memory, quantity, 'write a quantity such as "6Gi"'),
    ...check('estate.forgejo.storage.initial', storage.initial, quantity, 'write a quantity such as "15Gi"'),
    ...check('estate.forgejo.storage.ceiling', storage.ceiling, quantity, 'write a quantity such as "50Gi"'),
    ...check(
      'estate.forgejo.storage.freeThresholdPercent',
      storage.freeThresholdPercent,
      freePercent,
      'write free space, not used space',
    ),
    ...check(
      'estate.forgejo.storage.increasePercent',
      storage.increasePercent,
      percent,
      'write by how much it grows',
    ),
    ...check(
      'estate.forgejo.registryIngress.maxBodySize',
      forgejo.registryIngress.maxBodySize,
      bodySize,
      'write a size such as "5g"',
    ),
    ...(quantityBytes(storage.ceiling) < quantityBytes(storage.initial)
      ? [
          `estate.forgejo.storage.ceiling: is below the initial "${storage.initial}", got "${storage.ceiling}"; raise it`,
        ]
      : []),
  ];
}

function retentionFields({ retention }: Estate): string[] {
  return [
    ...check('estate.retention.schedule', retention.schedule, cron, 'write five fields such as "0 4 * * *"'),
    ...check('estate.retention.timeZone', retention.timeZone, timeZone, 'write a zone such as "Etc/UTC"'),
    ...check('estate.retention.deadlineMinutes', retention.deadlineMinutes, count, 'write minutes'),
    ...check('estate.retention.keepNewestTags', retention.keepNewestTags, count, 'keep at least one'),
    ...check('estate.retention.graceHours', retention.graceHours, count, 'write hours'),
    ...check('estate.retention.observeDays', retention.observeDays, count, 'write days'),
    ...check('estate.retention.maxDeletionsPerRun', retention.maxDeletionsPerRun, count, 'write a limit'),
    ...check(
      'estate.retention.maxDeletedShareOfPackage',
      retention.maxDeletedShareOfPackage,
      share,
      'write a share such as 0.3',
    ),
  ];
}

function integrityProbeFields({ integrityProbe }: Estate): string[] {
  const where = 'estate.integrityProbe';
  return [
    ...check(`${where}.namespace`, integrityProbe.namespace, objectName, 'write the namespace of the probes'),
    ...check(`${where}.schedule`, integrityProbe.schedule, cron, 'write five fields such as "*/15 * * * *"'),
    ...check(`${where}.timeZone`, integrityProbe.timeZone, timeZone, 'write a zone such as "Etc/UTC"'),
    ...(['rereadDays', 'deployedRereadDays', 'maxBytesPerRun', 'maxConcurrentRequests'] as const).flatMap(
      (field) => check(`${where}.${field}`, integrityProbe[field], count, 'write a number'),
    ),
  ];
}

function stackFields({ hosts, stacks: { appliedRecord, drift, pipelines, shared } }: Estate): string[] {
  const where = 'estate.stacks';
  return [
    ...Object.entries(shared).flatMap(([name, { folder }]) =>
      check(
        `${where}.shared["${name}"].folder`,
        folder,
        treePath,
        'write a folder of the tree such as "stacks/monitoring"',
      ),
    ),
    ...(pipelines === undefined || /^\/[^/]+\/[^/]+\//u.test(hosts.runbooks)
      ? []
      : [
          `estate.hosts.runbooks: is no path on the forge, from which the pipelines of the stacks clone this project, got "${hosts.runbooks}"; write one, or leave out stacks.pipelines`,
        ]),
    ...check(`${where}.appliedRecord`, appliedRecord, vaultPath, 'write a path such as "applied-stacks"'),
    ...check(`${where}.drift.schedule`, drift.schedule, cron, 'write five fields such as "30 1 * * *"'),
    ...check(`${where}.drift.deadlineMinutes`, drift.deadlineMinutes, count, 'write minutes'),
    ...check(`${where}.drift.leastStacks`, drift.leastStacks, count, 'write how many stacks the tree has'),
  ];
}

function repositoryIdFields({ woodpeckerRepositoryIds }: Estate): string[] {
  return Object.entries(woodpeckerRepositoryIds).flatMap(([name, id]) =>
    check(`estate.woodpeckerRepositoryIds["${name}"]`, id, count, 'write the number Woodpecker shows'),
  );
}
