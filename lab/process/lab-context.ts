import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, removeCgroup } from './cgroups';
import type { CertificateAuthority } from './certificate-authority';
import { tell } from './progress';
import { startServerProcess, type ServerProcess, type ServerProcessProps } from './server-process';
import { removeLabFolder } from './state';

export type StartProps = Omit<ServerProcessProps, 'cwd' | 'logFile'>;

/** What a server's file needs of the lab that it runs in. */
export class LabContext {
  private readonly processes = new Map<string, ServerProcess>();
  private readonly tasks: (() => Promise<void>)[] = [];

  constructor(
    /** Data and logs of the servers, removed when the lab ends. */
    readonly folder: string,
    readonly authority: CertificateAuthority,
  ) {}

  /** The folder of one server's data, made when it is missing. */
  serverFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Starts a server in its folder; the lab ends it. A second start of a name replaces the first. */
  async start(props: StartProps): Promise<ServerProcess> {
    const cwd = this.serverFolder(props.name);
    const server = await startServerProcess({
      ...props,
      cwd,
      logFile: join(this.folder, `${props.name}.log`),
    });
    this.processes.set(props.name, server);
    return server;
  }

  /** Has something undone when the lab ends, before its servers do. */
  atEnd(task: () => Promise<void>): void {
    this.tasks.push(task);
  }

  /** Ends every server, the last started first, and removes the folder. */
  async stop(): Promise<void> {
    // What cannot be undone any more is told, and the servers end all the same.
    for (const task of this.tasks.reverse())
      await task().catch((error: unknown) => {
        tell(String(error));
      });
    for (const server of [...this.processes.values()].reverse()) await server.stop();
    removeCgroup(cgroupOf(this.folder));
    removeLabFolder(this.folder);
  }
}
