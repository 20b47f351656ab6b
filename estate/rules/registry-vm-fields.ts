import { breakGlassFolder } from '../derived/registry-vm-paths';
import { legacyOnVm } from '../derived/legacy-registry';
import { hasRegistryVm, type Estate, type EstateWithVm } from '../estate';
import { hostFaults } from '../image-reference';
import {
  absolutePath,
  check,
  cron,
  imageReference,
  ipv4,
  objectName,
  portNumber,
  treeFolder,
  vaultKeyFaults,
  type Check,
} from './check';
import type { Rule } from './rule';

/** What an estate says of the registry VM is of its kind, and nothing is on a VM that is not there. */
export const registryVmFields: Rule = (estate) =>
  hasRegistryVm(estate) ? [...ofMachine(estate), ...ofCaches(estate), ...ofLegacy(estate)] : absent(estate);

function absent(estate: Estate): string[] {
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

function ofMachine(estate: EstateWithVm): string[] {
  const { container, folder, images, metrics, ssh, ui, ...vm } = estate.registryVm;
  const where = 'estate.registryVm';
  const cacheName: Check<string> = (value) =>
    estate.pullThroughCaches.some(({ name }) => name === value) ? [] : ['is not a pull-through cache'];
  return [
    ...check(`${where}.address`, vm.address, ipv4, 'write the address of the registry VM'),
    ...check(`${where}.name`, vm.name, hostFaults, 'write the DNS name of the registry VM'),
    ...check(`${where}.pullName`, vm.pullName, hostFaults, 'write a name that the certificate has'),
    ...Object.entries(images).flatMap(([service, image]) =>
      check(`${where}.images.${service}`, image, imageReference, 'write host/path:version'),
    ),
    ...[folder, breakGlassFolder(estate)].flatMap((path) =>
      check(`${where} folders`, path, absolutePath, 'write an absolute path without ".."'),
    ),
    ...Object.entries({ ui, metrics }).flatMap(([service, { cache, port }]) => [
      ...check(`${where}.${service}.port`, port, portNumber, 'write a port'),
      ...check(`${where}.${service}.cache`, cache, cacheName, 'name a row of estate.pullThroughCaches'),
    ]),
    ...check(
      `${where}.treeFolder`,
      vm.treeFolder,
      treeFolder,
      'write a folder such as "modules/docker-registry"',
    ),
    ...(estate.pushgateway.nodePort === undefined
      ? [
          'estate.pushgateway.nodePort: is what the registry VM pushes its results to, got none; write the NodePort of the Pushgateway',
        ]
      : []),
    ...(['privateKey', 'publicKey', 'knownHosts'] as const).flatMap((key) =>
      vaultKeyFaults(`${where}.ssh.${key}`, ssh[key]),
    ),
    ...check(
      `${where}.container.resolver`,
      container.resolver.replace(/:\d+$/, ''),
      ipv4,
      "write the address of the containers' DNS",
    ),
  ];
}

function ofCaches({ pullThroughCaches }: EstateWithVm): string[] {
  return pullThroughCaches.flatMap(({ name, garbageCollection, login }) => {
    const where = `estate.pullThroughCaches["${name}"]`;
    return [
      ...check(`${where}.name`, name, objectName, 'write the end of its container name'),
      ...check(
        `${where}.garbageCollection`,
        garbageCollection,
        cron,
        'write five fields such as "0 3 * * 0"',
      ),
      ...(login?.user === ''
        ? [`${where}.login.user: is empty, got ""; write the account, or leave login out`]
        : []),
      ...(login === undefined ? [] : vaultKeyFaults(`${where}.login.password`, login.password)),
    ];
  });
}

function ofLegacy(estate: EstateWithVm): string[] {
  const legacy = legacyOnVm(estate);
  if (legacy === undefined) return [];
  const where = 'estate.legacyRegistry.runsOn';
  return [
    ...check(`${where}.name`, legacy.name, objectName, 'write the end of its container name'),
    ...check(
      `${where}.garbageCollection`,
      legacy.garbageCollection,
      cron,
      'write five fields such as "25 3 * * 0"',
    ),
    ...vaultKeyFaults(`${where}.htpasswd`, legacy.htpasswd),
    ...vaultKeyFaults(`${where}.tls.certificate`, legacy.tls.certificate),
    ...vaultKeyFaults(`${where}.tls.key`, legacy.tls.key),
  ];
}
