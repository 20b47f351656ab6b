import { isNeeded } from '../servers/existing';
import { findTool } from '../programs/find-tool';
import { requiredTools, startLab, type LabOptions, type ServerName } from './lab';
import { checkPrerequisites } from '../process/prerequisites';
import type { Progress } from '../process/progress';
import { labFolder, removeLabFolder } from '../process/state';

export interface LabUpProps {
  readonly name: string;
  /** Server names as the command line has them; all when empty. */
  readonly servers: readonly string[];
  readonly pods: boolean;
}

/** What the supervisor tells the command that started it. */
export type SupervisorMessage =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Starts a lab, then holds it until SIGTERM. Returns the exit code. */
export async function supervise({ name, servers, pods }: LabUpProps): Promise<number> {
  const progress: Progress = (line) => {
    tell({ kind: 'progress', line });
  };
  // While it starts, this process ends when the command does, and the kernel ends what it started.
  const abandon = (): void => {
    removeLabFolder(labFolder(name));
    process.exit(1);
  };
  process.once('disconnect', abandon);
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
  });
  process.once('SIGTERM', abandon);

  try {
    checkPrerequisites({ pods }); // before minutes are spent on building
    const { options, unavailable } = await available(
      [...parseServers(servers), ...(pods ? (['pods'] as const) : [])],
      progress,
    );
    const lab = await startLab(options, { name, progress, unavailable });
    process.removeListener('disconnect', abandon);
    process.removeListener('SIGTERM', abandon);
    tell({ kind: 'ready' });
    // Holds the event loop: a pending promise alone does not.
    const hold = setInterval(() => undefined, 1 << 30);
    await ended;
    clearInterval(hold);
    await lab.stop();
    return 0;
  } catch (error) {
    process.removeListener('disconnect', abandon);
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
    return 1;
  }
}

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

/** What the command line calls the servers; pods are asked for by their own option. */
export function serverNames(): readonly string[] {
  return known.map(kebab).sort();
}

const known = (Object.keys(requiredTools) as ServerName[]).filter((server) => server !== 'pods');

/** `legacy-registry` to `legacyRegistry`; every name when none is given. */
function parseServers(names: readonly string[]): readonly ServerName[] {
  return known.filter((server) => names.length === 0 || names.includes(kebab(server)));
}

function kebab(server: ServerName): string {
  return server.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Drops the servers whose programs cannot be had, with the reason of each. */
async function available(
  servers: readonly ServerName[],
  progress: Progress,
): Promise<{ readonly options: LabOptions; readonly unavailable: readonly string[] }> {
  const options: Partial<Record<ServerName, true>> = {};
  const unavailable: string[] = [];
  for (const server of servers) {
    const reasons: string[] = [];
    for (const tool of requiredTools[server].filter(isNeeded)) {
      await findTool(tool, progress).catch((error: unknown) => reasons.push(String(error)));
    }
    if (reasons.length === 0) options[server] = true;
    else unavailable.push(`${kebab(server)}: ${reasons.join('; ')}`);
  }
  return { options, unavailable };
}
