import {
  digestFaults,
  hostFaults,
  parseImageReference,
  repositoryFaults,
  tagFaults,
} from '../image-reference';
import type { Estate } from '../estate';
import { phases } from '../phases';
import { quantityBytes } from '../quantity';
import type { Rule } from './rule';

/** What is wrong with one value, in words; nothing when it is well formed. */
type Check<T> = (value: T) => string[];

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
  ...appFields(estate),
  ...tokenFields(estate),
  ...quotaFields(estate),
  ...forgejoFields(estate),
  ...retentionFields(estate),
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

function imageFields({ images }: Estate): string[] {
  return images.flatMap((image) => {
    const where = `estate.images["${image.name}"]`;
    return [
      ...check(`${where}.name`, image.name, repositoryFaults, 'write the package name'),
      ...check(`${where}.owner`, image.owner, repositoryFaults, 'write the Forgejo account'),
      ...check(
        `${where}.source.host`,
        image.source.host,
        hostFaults,
        'write host or host:port, without a scheme',
      ),
      ...check(
        `${where}.source.repository`,
        image.source.repository,
        repositoryFaults,
        'write the path below the host',
      ),
      ...[image.tag, ...(image.otherTags ?? [])].flatMap((tag) =>
        check(`${where}.tag`, tag, tagFaults, 'write a tag'),
      ),
      ...(image.digest === undefined
        ? []
        : check(`${where}.digest`, image.digest, digestFaults, 'copy it from the registry')),
      ...(image.floating === undefined
        ? []
        : [
            ...check(`${where}.floating.until`, image.floating.until, date, 'write YYYY-MM-DD'),
            ...check(`${where}.floating.why`, image.floating.why, sentence, 'say why it may float'),
          ]),
    ];
  });
}

function appFields({ apps }: Estate): string[] {
  return apps.flatMap(({ stack, pulls }) => [
    ...check(`estate.apps["${stack}"].stack`, stack, objectName, 'write the folder name below stacks/'),
    ...pulls.flatMap((pull) => {
      const where = `estate.apps["${stack}"].pulls["${pull.image}"]`;
      return [
        ...check(`${where}.folder`, pull.folder, treePath, 'write a folder of the tree such as "stacks/app"'),
        ...(pull.workloads.length > 0
          ? []
          : [`${where}.workloads: is empty, got ""; name every workload that pulls it`]),
        ...pull.workloads.flatMap(({ name, containers, initContainers = [] }) => [
          ...check(`${where}.workloads`, name, objectName, 'write the name of the Kubernetes object'),
          ...[...containers, ...initContainers].flatMap((container) =>
            check(
              `${where}.workloads["${name}"].containers`,
              container,
              objectName,
              'write the container name',
            ),
          ),
          ...(containers.length + initContainers.length > 0
            ? []
            : [
                `${where}.workloads["${name}"].containers: is empty, got ""; name the containers that pull it`,
              ]),
        ]),
      ];
    }),
  ]);
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

function registryVmFields({ registryVm }: Estate): string[] {
  return [
    ...registryVm.publishedPorts.flatMap(({ port }) =>
      check('estate.registryVm.publishedPorts', port, portNumber, 'write a port'),
    ),
    ...[...registryVm.retainedPaths, ...registryVm.deletedPaths].flatMap((path) =>
      check('estate.registryVm paths', path, absolutePath, 'write an absolute path without ".."'),
    ),
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

function check<T extends string | number>(
  where: string,
  value: T,
  isWrong: Check<T>,
  whatToDo: string,
): string[] {
  return isWrong(value).map((fault) => `${where}: ${fault}, got "${value}"; ${whatToDo}`);
}

const matches =
  (pattern: RegExp, fault: string): Check<string> =>
  (value) =>
    pattern.test(value) ? [] : [fault];

const within =
  (isGood: (value: number) => boolean, fault: string): Check<number> =>
  (value) =>
    isGood(value) ? [] : [fault];

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = matches(new RegExp(`^${octet}(?:\\.${octet}){3}$`), 'is not an IPv4 address');
const url = matches(/^https?:\/\/[a-z0-9.-]+(:\d+)?(\/\S*)?$/, 'is not an http or https URL');
const objectName = matches(/^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/, 'is not a Kubernetes object name');
const version = matches(/^\d+\.\d+\.\d+$/, 'is not a full version');
const date = matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'is not a date');
const sentence = matches(/\S+\s+\S+/, 'is not a reason');
const treePath = matches(/^stacks(\/[a-z0-9][a-z0-9_-]*)+$/, 'is not a folder below stacks/');
const vaultPath = matches(/^[a-z0-9][a-z0-9_/-]*[a-z0-9]$/, 'is not a path of a KV secret');
const vaultKey = matches(/^[a-z][a-z0-9_]{0,63}$/, 'is not a key of a KV secret');
const absolutePath = matches(/^(\/(?!\.\.?(\/|$))[^/\s]+)+\/?$/, 'is not an absolute path');
const bodySize = matches(/^[1-9]\d*[kmgKMG]?$/, 'is not a number with k, m or g');
const cronField = '(?:\\*|\\d{1,2}(?:-\\d{1,2})?)(?:/\\d{1,2})?(?:,\\d{1,2}(?:-\\d{1,2})?)*';
const cron = matches(new RegExp(`^${cronField}( ${cronField}){4}$`), 'is not a cron schedule of five fields');
const quantity: Check<string> = (value) => (quantityBytes(value) > 0 ? [] : ['is not a quantity above zero']);
const seconds = within((value) => Number.isInteger(value) && value >= 0, 'is not a number of whole seconds');
const portNumber = within(
  (value) => Number.isInteger(value) && value >= 1 && value <= 65535,
  'is not a port',
);
const count = within((value) => Number.isInteger(value) && value >= 1, 'is not a whole number from 1 up');
const share = within((value) => value > 0 && value <= 1, 'is not a share between 0 and 1');
const percent = within((value) => value > 0 && value <= 100, 'is not a percentage');
const freePercent = within(
  (value) => value >= 1 && value <= 50,
  'is not a share of free space between 1 and 50 %',
);

const imageReference: Check<string> = (value) => {
  try {
    parseImageReference(value);
    return [];
  } catch {
    return ['is not a full image reference'];
  }
};

const timeZone: Check<string> = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return [];
  } catch {
    return ['is not an IANA time zone'];
  }
};
