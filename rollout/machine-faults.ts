import type { ManagedMachine } from '../cloud-init/managed-file';
import type { Observation } from './observation';

/** Why a machine's description cannot be carried out anywhere: what is removed must be nothing that is kept. */
export function descriptionFaults(where: string, machine: ManagedMachine): readonly string[] {
  const kept = [...machine.directories, ...machine.files.map(({ path }) => path)];
  const paths = [...kept, ...machine.absent];
  return [
    ...paths
      .filter((path) => !/^(\/(?!\.\.?(\/|$))[\w@%+=:,.-]+)+$/.test(path))
      .map(
        (path) =>
          `${where}: a path is not absolute and plain, got "${path}"; write it without blanks, "..", quotes and a "/" at its end`,
      ),
    ...machine.absent
      .filter((path) => path.split('/').length < 4)
      .map(
        (path) =>
          `${where}: a path to remove is too near the root, got "${path}"; name what lies at least three folders deep`,
      ),
    ...machine.absent.flatMap((path) =>
      kept
        .filter((other) => other === path || other.startsWith(`${path}/`))
        .map(
          (other) =>
            `${where}: "${path}" is removed but "${other}" in it is kept, got both; drop one of them`,
        ),
    ),
  ];
}

/** Why this machine, as it was seen, cannot be brought to its description. */
export function standingFaults(
  where: string,
  machine: Pick<ManagedMachine, 'absent'> & { readonly files: readonly { readonly path: string }[] },
  observed: Observation,
  changes: number,
): readonly string[] {
  const folders = machine.files.filter(({ path }) => observed.files.get(path)?.kind === 'folder');
  return [
    ...folders.map(
      ({ path }) =>
        `${where}: a folder stands where a file belongs, got "${path}"; look at what made it (docker makes one for a missing mount) and remove it`,
    ),
    ...(changes === 0
      ? []
      : [...observed.readOnly].map(
          (path) =>
            `${where}: the file system is read-only, got "${path}"; look at the disk and the kernel's log, then remount it`,
        )),
  ];
}
