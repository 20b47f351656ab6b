import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from './certificate-authority';
import type { Progress } from './progress';
import { startServerProcess, type ServerProcess, type ServerProcessProps } from './server-process';
import { writeLabState, type LabState, type ServerState } from './state';

export interface StartProps extends Omit<ServerProcessProps, 'cwd' | 'logFile'> {
  readonly version: string;
  /** Where it is reached, for the printed table. */
  readonly address: string;
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
}

/** A context whose servers are written to the lab's state as they come and go. */
export class RunningLab implements LabContext {
  private readonly processes = new Map<string, ServerProcess>();
  private state: LabState;

  constructor(
    readonly folder: string,
    readonly authority: CertificateAuthority,
    readonly progress: Progress,
    state: LabState,
  ) {
    this.state = state;
  }

  serverFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  async start({ version, address, ...props }: StartProps): Promise<ServerProcess> {
    const cwd = this.serverFolder(props.name);
    const logFile = join(this.folder, `${props.name}.log`);
    const server = await startServerProcess({ ...props, cwd, logFile });
    const { name, identity, readyAfterMs } = server;
    this.processes.set(name, server);
    this.show({ name, version, address, logFile, readyAfterMs, identity });
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

  /** Ends every server, the last started first. */
  async stop(): Promise<void> {
    for (const server of [...this.processes.values()].reverse()) await server.stop();
  }
}
