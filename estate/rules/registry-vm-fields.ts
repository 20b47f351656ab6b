import type { VaultKey } from '../tokens';
import {
  check,
  absolutePath,
  cron,
  imageReference,
  ipv4,
  objectName,
  portNumber,
  treeFolder,
  vaultKey,
  vaultPath,
  type Check,
} from './check';
import type { Rule } from './rule';

/** Every field of the registry VM and of its caches holds a value of its kind, and names a cache that there is. */
export const registryVmFields: Rule = (estate) => [...ofMachine(estate), ...ofCaches(estate)];

const ofMachine: Rule = ({ registryVm, pullThroughCaches }) => {
  const { breakGlassFolder, container, deletedPaths, folder, images, legacy, metrics, ssh, ui } = registryVm;
  const where = 'estate.registryVm';
  const cacheName: Check<string> = (value) =>
    pullThroughCaches.some(({ name }) => name === value) ? [] : ['is not a pull-through cache'];
  return [
    ...Object.entries(images).flatMap(([service, image]) =>
      check(`${where}.images.${service}`, image, imageReference, 'write host/path:version'),
    ),
    ...[folder, breakGlassFolder, ...deletedPaths].flatMap((path) =>
      check(`${where} paths`, path, absolutePath, 'write an absolute path without ".."'),
    ),
    ...Object.entries({ legacy, ui, metrics }).flatMap(([service, { port }]) =>
      check(`${where}.${service}.port`, port, portNumber, 'write a port'),
    ),
    ...Object.entries({ ui, metrics }).flatMap(([service, { cache }]) =>
      check(`${where}.${service}.cache`, cache, cacheName, 'name a row of estate.pullThroughCaches'),
    ),
    ...check(`${where}.legacy.name`, legacy.name, objectName, 'write the end of its container name'),
    ...check(
      `${where}.legacy.garbageCollection`,
      legacy.garbageCollection,
      cron,
      'write five fields such as "25 3 * * 0"',
    ),
    ...check(
      `${where}.treeFolder`,
      registryVm.treeFolder,
      treeFolder,
      'write a folder such as "modules/docker-registry"',
    ),
    ...Object.entries({
      'legacy.htpasswd': legacy.htpasswd,
      'legacy.tls.certificate': legacy.tls.certificate,
      'legacy.tls.key': legacy.tls.key,
      'ssh.privateKey': ssh.privateKey,
      'ssh.publicKey': ssh.publicKey,
      'ssh.knownHosts': ssh.knownHosts,
    }).flatMap(([field, key]) => vaultKeyFields(`${where}.${field}`, key)),
    ...check(
      `${where}.container.resolver`,
      container.resolver.replace(/:\d+$/, ''),
      ipv4,
      "write the address of the containers' DNS",
    ),
  ];
};

const ofCaches: Rule = ({ pullThroughCaches }) =>
  pullThroughCaches.flatMap(({ name, garbageCollection, login }) => {
    const where = `estate.pullThroughCaches["${name}"]`;
    return [
      ...check(`${where}.name`, name, objectName, 'write the end of its container name'),
      ...check(
        `${where}.garbageCollection`,
        garbageCollection,
        cron,
        'write five fields such as "0 3 * * 0"',
      ),
      ...(login === undefined
        ? []
        : [
            ...(login.user === ''
              ? [`${where}.login.user: is empty, got ""; write the account, or leave login out`]
              : []),
            ...vaultKeyFields(`${where}.login.password`, login.password),
          ]),
    ];
  });

function vaultKeyFields(where: string, { path, key }: VaultKey): string[] {
  return [
    ...check(`${where}.path`, path, vaultPath, 'write the path below the mount "secret", such as "infra"'),
    ...check(`${where}.key`, key, vaultKey, 'write the key, never its value'),
  ];
}
