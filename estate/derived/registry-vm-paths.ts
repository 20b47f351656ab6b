import { posix } from 'node:path';
import type { EstateWithVm } from '../estate';
import { legacyOnVm } from './legacy-registry';

/** Where a registry of the VM, by the end of its container's name, keeps its images. */
export function dataFolder({ registryVm: { folder } }: EstateWithVm, name: string): string {
  return `${folder}/data/${name}`;
}

export function breakGlassFolder({ registryVm: { breakGlass, folder } }: EstateWithVm): string {
  return posix.resolve(folder, breakGlass.folder);
}

/** What its owner deletes by hand once the legacy registry is gone. */
export function deletedFolders(estate: EstateWithVm): readonly string[] {
  const legacy = legacyOnVm(estate);
  return legacy === undefined ? [] : [dataFolder(estate, legacy.name)];
}
