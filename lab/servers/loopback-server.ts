import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import type { FoundTool } from '../programs/find-tool';
import { startProgram, type ProgramProps } from '../programs/start-program';
import type { ToolName } from '../programs/tools';
import { answers } from '../process/http-ready';
import type { ServerProcess } from '../process/server-process';

interface Row {
  readonly tool: ToolName;
  /** What it is started with, given the `host:port` that it is to listen on; files are those of its own folder. */
  readonly args: (host: string) => readonly string[];
  /** The path that it answers with a status below 500 once it serves. */
  readonly ready: string;
}

/** A row a server that speaks HTTP on one port of loopback, by its name. */
const rows = {
  etcd: {
    tool: 'etcd',
    args: (host) => [`--listen-client-urls=http://${host}`, `--advertise-client-urls=http://${host}`],
    ready: '/health',
  },
  forge: { tool: 'gitea', args: () => ['--config', 'app.ini', 'web'], ready: '/api/v1/version' },
  'legacy-registry': { tool: 'docker-registry', args: () => ['serve', 'config.yml'], ready: '/v2/' },
  pushgateway: {
    ...{ tool: 'pushgateway', ready: '/-/ready' },
    args: (host) => [`--web.listen-address=${host}`],
  },
  prometheus: {
    ...{ tool: 'prometheus', ready: '/-/ready' },
    args: (host) => [
      ...['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--storage.tsdb.retention.time=90d'],
      `--web.listen-address=${host}`,
    ],
  },
  alertmanager: {
    ...{ tool: 'alertmanager', ready: '/-/ready' },
    args: (host) => [
      ...['--config.file=alertmanager.yml', '--storage.path=data', `--web.listen-address=${host}`],
      '--cluster.listen-address=', // one of a kind: no gossip port
    ],
  },
  vault: {
    ...{ tool: 'vault', ready: '/v1/sys/health' },
    args: (host) => [
      ...['server', '-dev', '-dev-no-store-token', `-dev-listen-address=${host}`, '-config=vault.hcl'],
    ],
  },
} as const satisfies Record<string, Row>;

export interface LoopbackServerProps extends Partial<
  Pick<ProgramProps, 'env' | 'ready' | 'readyTimeoutMs' | 'within'>
> {
  /** Several of a row run beside each other under different names. @default the row's */
  readonly name?: string;
  /** @default 127.0.0.1 and a free port */
  readonly host?: string;
  /** The program, where it was found already. @default the row's */
  readonly tool?: FoundTool;
  /** Text files of its folder, by name, given the host. @default {} */
  readonly files?: Files | ((host: string) => Files);
  /** Beside the row's. @default [] */
  readonly args?: readonly string[];
}

type Files = Readonly<Record<string, string>>;

export interface LoopbackServer extends ServerProcess {
  /** `http://<host>:<port>` */
  readonly url: string;
  /** The host and port, as they stand in an image reference or a list of targets. */
  readonly host: string;
}

/** Starts a server of the table; resolves when it serves. */
export async function startLoopbackServer(
  lab: LabContext,
  row: keyof typeof rows,
  props: LoopbackServerProps = {},
): Promise<LoopbackServer> {
  const { tool, args, ready } = rows[row];
  const { name = row, host = `127.0.0.1:${await freePort()}`, files = {}, ...rest } = props;
  const url = `http://${host}`;
  const folder = lab.serverFolder(name);
  for (const [file, text] of Object.entries(typeof files === 'function' ? files(host) : files))
    writeFileSync(join(folder, file), text, { mode: 0o600 });
  const server = await startProgram(lab, {
    ...{ tool, ready: () => answers(`${url}${ready}`) },
    ...rest,
    ...{ name, args: [...args(host), ...(props.args ?? [])] },
  });
  return { ...server, url, host };
}
