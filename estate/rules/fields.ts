import { hostFaults } from '../image-reference';
import type { Estate } from '../estate';
import { phases } from '../phases';
import { quantityBytes } from '../quantity';
import {
  check,
  bodySize,
  count,
  cron,
  freePercent,
  imageReference,
  ipv4,
  objectName,
  percent,
  portNumber,
  quantity,
  seconds,
  share,
  timeZone,
  treePath,
  url,
  vaultKey,
  vaultPath,
  version,
} from './check';
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
  ...tokenFields(estate),
  ...quotaFields(estate),
  ...forgejoFields(estate),
  ...retentionFields(estate),
  ...integrityProbeFields(estate),
  ...registryVmFields(estate),
  ...stackFields(estate),
  ...repositoryIdFields(estate),
];

function hostFields({ hosts, kyverno }: Estate): string[] {
  return [
    ...check('estate.hosts.rootDomain', hosts.rootDomain, hostFaults, 'write a domain such as "example.org"'),
    ...check(
      'estate.hosts.traefikLoadBalancer',
      hosts.traefikLoadBalancer,
      ipv4,
      'write the address MetalLB gives Traefik',
    ),
    ...check(
      'estate.hosts.technitiumDns',
      hosts.technitiumDns,
      ipv4,
      'write the address MetalLB gives Technitium',
    ),
    ...check(
      'estate.hosts.kubernetesApi',
      hosts.kubernetesApi,
      hostFaults,
      'write host:port of the API server',
    ),
    ...check('estate.hosts.registryVm', hosts.registryVm, ipv4, 'write the address of the registry VM'),
    ...check(
      'estate.hosts.registryVmName',
      hosts.registryVmName,
      hostFaults,
      'write the DNS name of the registry VM',
    ),
    ...check('estate.hosts.vaultAddress', hosts.vaultAddress, url, 'write the URL of Vault'),
    ...check('estate.hosts.pushgatewayUrl', hosts.pushgatewayUrl, url, 'write the URL of the Pushgateway'),
    ...check(
      'estate.hosts.pushgatewayNodePort',
      hosts.pushgatewayNodePort,
      portNumber,
      'write the NodePort of the Pushgateway',
    ),
    ...check(
      'estate.hosts.websecure.readTimeoutSeconds',
      hosts.websecure.readTimeoutSeconds,
      seconds,
      'write seconds, 0 for none',
    ),
    ...check(
      'estate.hosts.websecure.writeTimeoutSeconds',
      hosts.websecure.writeTimeoutSeconds,
      seconds,
      'write seconds, 0 for none',
    ),
    ...check('estate.kyverno.chartVersion', kyverno.chartVersion, version, 'write a full chart version'),
    ...check(
      'estate.kyverno.chartRepository',
      kyverno.chartRepository,
      url,
      'write the URL of the chart repository',
    ),
    ...check(
      'estate.kyverno.pullSecretName',
      kyverno.pullSecretName,
      objectName,
      'write the name of the Secret',
    ),
  ];
}

function registryFields({ registries, pullThroughCaches, pullPaths }: Estate): string[] {
  return [
    ...Object.entries(registries).flatMap(([name, { spellings }]) => [
      ...spellings.flatMap((host) =>
        check(
          `estate.registries["${name}"].spellings`,
          host,
          hostFaults,
          'write host or host:port, without a scheme',
        ),
      ),
      ...(spellings.length > 0
        ? []
        : [`estate.registries["${name}"].spellings: is empty, got ""; write its host`]),
    ]),
    ...pullThroughCaches.flatMap(({ name, upstream, upstreamUrl, port }) => {
      const where = `estate.pullThroughCaches["${name}"]`;
      return [
        ...check(`${where}.upstream`, upstream, hostFaults, 'write the host that references name'),
        ...check(`${where}.upstreamUrl`, upstreamUrl, url, 'write the URL that it fetches from'),
        ...check(`${where}.port`, port, portNumber, 'write a port'),
      ];
    }),
    ...pullPaths.flatMap(({ client, host }) =>
      check(`estate.pullPaths["${client}"].host`, host, hostFaults, 'write the host that references name'),
    ),
  ];
}

function tokenFields({ tokens, legacyCredential }: Estate): string[] {
  const keys = [
    ...tokens.map(({ name, vault }) => ({ where: `estate.tokens["${name}"].vault`, ...vault })),
    { where: 'estate.legacyCredential.user', ...legacyCredential.user },
    { where: 'estate.legacyCredential.password', ...legacyCredential.password },
  ];
  return keys.flatMap(({ where, path, key }) => [
    ...check(`${where}.path`, path, vaultPath, 'write the path below the mount "secret", such as "viktor"'),
    ...check(`${where}.key`, key, vaultKey, 'write the key, never the token'),
  ]);
}

function quotaFields({ tiers, forgejo }: Estate): string[] {
  const quotas = [
    ...Object.entries(tiers).map(([name, tier]) => ({
      where: `estate.tiers["${name}"].quota`,
      ...tier.quota,
    })),
    { where: 'estate.forgejo.quota', ...forgejo.quota },
  ];
  return quotas.flatMap(({ where, requestsMemory, limitsMemory, pods }) => [
    ...check(`${where}.requestsMemory`, requestsMemory, quantity, 'write a quantity such as "8Gi"'),
    ...check(`${where}.limitsMemory`, limitsMemory, quantity, 'write a quantity such as "32Gi"'),
    ...check(`${where}.pods`, pods, count, 'write how many pods fit'),
  ]);
}

function forgejoFields({ forgejo, programs }: Estate): string[] {
  const { storage } = forgejo;
  return [
    ...check('estate.forgejo.host', forgejo.host, hostFaults, 'write the public host name'),
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
    ...(
      [
        'intervalMinutes',
        'rereadDays',
        'deployedRereadDays',
        'maxBytesPerRun',
        'maxConcurrentRequests',
      ] as const
    ).flatMap((field) => check(`${where}.${field}`, integrityProbe[field], count, 'write a number')),
  ];
}

function stackFields({ stacks }: Estate): string[] {
  return [
    ...Object.values(stacks.whole),
    ...Object.values(stacks.shared).map(({ folder }) => folder),
  ].flatMap((folder: string) =>
    check('estate.stacks', folder, treePath, 'write a folder of the tree such as "stacks/forgejo"'),
  );
}

function repositoryIdFields({ woodpeckerRepositoryIds }: Estate): string[] {
  return Object.entries(woodpeckerRepositoryIds).flatMap(([name, id]) =>
    check(`estate.woodpeckerRepositoryIds["${name}"]`, id, count, 'write the number Woodpecker shows'),
  );
}
