import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, removeCgroup } from './cgroups';
import type { CertificateAuthority } from './certificate-authority';
import type { Progress } from './progress';
import { startServerProcess, type ServerProcess, type ServerProcessProps } from './server-process';
import { removeLabFolder, writeLabState, type LabState, type ServerState } from './state';

export interface StartProps extends Omit<ServerProcessProps, 'cwd' | 'logFile'> {
  readonly version: string;
  /** Where it is reached, for the printed table. */
  readonly address: string;
  /** The variables by which LAB_EXISTING leads another lab to it. @default none */
  readonly whereabouts?: Readonly<Record<string, string>>;
}

/** What a server's file needs of the lab that it runs in. */
export interface LabContext {
  /** The lab's folder: state, data and logs, removed when it ends. */
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly progress: Progress;
  /** The folder of one server's data, made when it is missing. */
  serverFolder(name: string): string;
  /** Starts a server in its folder; the lab shows it and ends it. A second start of a name replaces the first. */
  start(props: StartProps): Promise<ServerProcess>;
  /** Shows something that is used but not started here. */
  show(server: ServerState): void;
  /** Has something undone when the lab ends, before its servers do. */
  atEnd(task: () => Promise<void>): void;
}

/** A context whose servers are written to the lab's state as they come and go. */
export class RunningLab implements LabContext {
  private readonly processes = new Map<string, ServerProcess>();
  private readonly tasks: (() => Promise<void>)[] = [];

  constructor(
    readonly folder: string,
    readonly authority: CertificateAuthority,
    readonly progress: Progress,
    private state: LabState,
  ) {}

  serverFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  async start({ version, address, whereabouts = {}, ...props }: StartProps): Promise<ServerProcess> {
    const cwd = this.serverFolder(props.name);
    const logFile = join(this.folder, `${props.name}.log`);
    const server = await startServerProcess({ ...props, cwd, logFile });
    const { name, identity, readyAfterMs } = server;
    this.processes.set(name, server);
    this.show({ name, version, address, logFile, readyAfterMs, identity, whereabouts });
    return server;
  }

  show(server: ServerState): void {
    const others = this.state.servers.filter(({ name }) => name !== server.name);
    this.write({ servers: [...others, server] });
  }

  write(change: Partial<LabState>): void {
    this.state = { ...this.state, ...change };
    writeLabState(this.folder, this.state);
  }

  atEnd(task: () => Promise<void>): void {
    this.tasks.push(task);
  }

  /** Ends every server, the last started first, and removes the folder. */
  async stop(): Promise<void> {
    // What cannot be undone any more is told, and the servers end all the same.
    for (const task of this.tasks.reverse())
      await task().catch((error: unknown) => {
        this.progress(String(error));
      });
    for (const server of [...this.processes.values()].reverse()) await server.stop();
    removeCgroup(cgroupOf(this.folder));
    removeLabFolder(this.folder);
  }
}
