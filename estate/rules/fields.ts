import { legacyOnVm } from '../derived/legacy-registry';
import { quantityBytes } from '../derived/quantity';
import { hasRegistryVm, type Estate } from '../estate';
import { phases } from '../phases';
import type { WrongPart } from './check';
import { ciSecretName } from './check';
import { fieldTable } from './field-table';
import { faultsIn, type Rule } from './rule';

/** Every field holds a value of its kind; the rules across facts may rely on that. */
export const fields: Rule = (estate) => [
  ...faultsIn([
    !phases.includes(estate.phase),
    `estate.phase: is not a phase, got "${estate.phase as string}"; write one of "${phases.join('", "')}"`,
  ]),
  ...fieldTable.flatMap(([path, isWrong, whatToDo]) =>
    valuesAt(estate, path).flatMap(([where, value]) =>
      isWrong(value as never, estate).map((fault: string | WrongPart) =>
        typeof fault === 'string'
          ? `${where}: ${fault}, got "${String(value)}"; ${whatToDo}`
          : `${where}.${fault.part}: ${fault.fault}, got "${fault.value}"; ${fault.whatToDo}`,
      ),
    ),
  ),
  ...(hasRegistryVm(estate) ? [] : onAbsentVm(estate)),
  ...together(estate),
  ...ciFaults(estate),
];

/** The values at a path of the table, each with where it is. */
export function valuesAt(
  estate: Estate,
  path: string,
): readonly (readonly [where: string, value: unknown])[] {
  let found: (readonly [string, unknown])[] = [['estate', estate]];
  for (const [, name = '', every] of path.matchAll(/([\w*]+)(\[\*?\])?/g)) {
    const fieldsOf = found.flatMap(([where, value]) =>
      Object.entries(value ?? {})
        .filter(([key]) => name === '*' || key === name)
        .map(([key, item]) => [`${where}.${key}`, item as unknown] as const),
    );
    found =
      every === undefined ? fieldsOf : fieldsOf.flatMap(([where, list]) => entriesOf(where, list, every));
  }
  return found.filter(([, value]) => value !== undefined);
}

function entriesOf(where: string, list: unknown, every: string): (readonly [string, unknown])[] {
  return Object.entries((list ?? {}) as Readonly<Record<string, Named>>).map(([key, item]) => {
    const name = Array.isArray(list)
      ? (item.name ?? item.stack ?? item.repository ?? item.file ?? item.image ?? key)
      : key;
    return [every === '[]' ? where : `${where}["${name}"]`, item];
  });
}

type Named = Readonly<Partial<Record<'name' | 'stack' | 'repository' | 'file' | 'image', string>>>;

function onAbsentVm(estate: Estate): string[] {
  const reasons = [
    ...estate.pullThroughCaches.map(({ name }) => `estate.pullThroughCaches["${name}"]`),
    ...(legacyOnVm(estate) === undefined ? [] : ['estate.legacyRegistry.runsOn.machine']),
    ...estate.pullPaths
      .filter(({ frontDoor }) => frontDoor === 'registry-vm')
      .map(({ client }) => `estate.pullPaths["${client}"].frontDoor`),
  ];
  return reasons.map(
    (where) =>
      `${where}: is on the registry VM, which estate.registryVm does not have, got none; describe the machine or leave this out`,
  );
}

/** Fields that are right by themselves and not for each other. */
function together({ forgejo, hosts, pushgateway, registryVm, stacks }: Estate): string[] {
  const { ceiling, initial } = forgejo.storage;
  return faultsIn(
    [
      !forgejo.host.endsWith(`.${hosts.rootDomain}`),
      `estate.forgejo.host: is not below the root domain "${hosts.rootDomain}", got "${forgejo.host}"; write a name below it, or correct estate.hosts.rootDomain`,
    ],
    [
      quantityBytes(ceiling) < quantityBytes(initial),
      `estate.forgejo.storage.ceiling: is below the initial "${initial}", got "${ceiling}"; raise it`,
    ],
    [
      stacks.pipelines !== undefined && !/^\/[^/]+\/[^/]+\//u.test(hosts.runbooks),
      `estate.hosts.runbooks: is no path on the forge, from which the pipelines of the stacks clone this project, got "${hosts.runbooks}"; write one, or leave out stacks.pipelines`,
    ],
    [
      registryVm !== undefined && pushgateway.nodePort === undefined,
      'estate.pushgateway.nodePort: is what the registry VM pushes its results to, got none; write the NodePort of the Pushgateway',
    ],
  );
}

/** Names that the CI knows, and each ServiceAccount one consumer: who may be two may what both may. */
function ciFaults(estate: Estate): string[] {
  const { woodpecker, woodpeckerRepositoryIds: ids, vault } = estate;
  const { filters, repositoryPaths } = woodpecker.secretSync;
  const consumers = Object.entries(vault.consumers);
  return [
    ...Object.keys(repositoryPaths)
      .filter((name) => !(name in ids))
      .map(
        (name) =>
          `estate.woodpecker.secretSync.repositoryPaths["${name}"]: has no Woodpecker repository id, got none; add it to woodpeckerRepositoryIds`,
      ),
    ...Object.keys(filters).flatMap((name) =>
      ciSecretName(name).map(
        (fault) =>
          `estate.woodpecker.secretSync.filters["${name}"]: ${fault}, got "${name}"; write the key in Vault`,
      ),
    ),
    ...consumers.flatMap(([name, { serviceAccount }], index) =>
      consumers
        .slice(0, index)
        .filter(([, other]) => other.serviceAccount === serviceAccount)
        .map(
          ([other]) =>
            `estate.vault.consumers["${name}"].serviceAccount: is that of "${other}" too, got "${serviceAccount}"; give each consumer one of its own`,
        ),
    ),
  ];
}
