import type { ManagedMachine } from '../cloud-init/managed-file';
import { runScript, type Command, type SshAccess } from './machine-command';

/** What stands at the path of a managed file. */
export type Standing =
  | { readonly kind: 'file'; readonly mode: string; readonly owner: string; readonly text: string }
  | { readonly kind: 'link' }
  | { readonly kind: 'folder' };

/** What a machine was seen to hold of what it should and should not hold. */
export interface Observation {
  readonly directories: ReadonlySet<string>;
  /** Managed paths at which something stands. */
  readonly files: ReadonlyMap<string, Standing>;
  /** Paths that should be absent and are not. */
  readonly leftovers: ReadonlySet<string>;
  /** Effects, and `verify`, that an earlier rollout began and did not finish. */
  readonly pending: ReadonlySet<string>;
  /** Folders to be written to that lie on a read-only file system. */
  readonly readOnly: ReadonlySet<string>;
}

/** Reads and changes nothing. */
export function observeCommand(access: SshAccess, host: string, machine: Paths): Command {
  return runScript(access, host, 'observe', [
    ...machine.directories.map((path) => `directory:${path}`),
    ...machine.files.map(({ path }) => `file:${path}`),
    ...machine.absent.map((path) => `absent:${path}`),
  ]);
}

type Paths = Pick<ManagedMachine, 'directories' | 'absent'> & {
  readonly files: readonly { readonly path: string }[];
};

/** Undefined when the answer is not whole. */
export function parseObservation(printed: string): Observation | undefined {
  const directories = new Set<string>();
  const files = new Map<string, Standing>();
  const leftovers = new Set<string>();
  const pending = new Set<string>();
  const readOnly = new Set<string>();
  const lines = printed.trimEnd().split('\n');
  if (lines.pop() !== 'end') return undefined;
  for (const line of lines) {
    const [kind = '', path = '', mode = '', owner = '', base64 = ''] = line.split(' ');
    switch (kind) {
      case 'directory':
        directories.add(path);
        break;
      case 'file':
        files.set(path, {
          kind,
          mode: mode.padStart(4, '0'),
          owner,
          text: Buffer.from(base64, 'base64').toString('utf8'),
        });
        break;
      case 'link':
      case 'folder':
        files.set(path, { kind });
        break;
      case 'absent':
        leftovers.add(path);
        break;
      case 'pending':
        pending.add(decodeURIComponent(path));
        break;
      case 'read-only':
        readOnly.add(path);
        break;
      default:
        return undefined;
    }
  }
  return { directories, files, leftovers, pending, readOnly };
}
