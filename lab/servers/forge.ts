import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runOk } from '../../terminal/run';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { withoutOverride } from '../process/without-override';
import { findTool } from '../programs/find-tool';
import { existing, notHeld, processNotHeld, type Whereabouts } from './existing';
import { administerForge, type ForgeAdministration } from './forge-administration';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

export interface ForgeProps {
  /**
   * How old an unreferenced blob or version must be before the clean-up removes it.
   * @default 86400, Forgejo's
   */
  readonly cleanupOlderThanSeconds?: number;
  /** The address that clients reach it by, when that is a reverse proxy's. @default its own */
  readonly rootUrl?: string;
  /** Whether a password is taken in the place of a token. @default true */
  readonly passwords?: boolean;
}

/** A running forge: Forgejo when the machine has one, else Gitea, which shares its package registry. */
export interface Forge extends ForgeAdministration {
  /** Which of the two it is; every result must say so. */
  readonly kind: 'forgejo' | 'gitea';
  readonly version: string;
  /** Its own loopback address, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The host and port, as they stand in an image reference. */
  readonly host: string;
  /** Its own command line, to be followed by a command, as its pod's is in production. */
  readonly commandLine: {
    readonly program: string;
    readonly args: readonly string[];
    readonly env: NodeJS.ProcessEnv;
  };
  /** The folder of package blobs, `<first two>/<next two>/<sha256>`. */
  readonly packageStorage: string;
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again at the same address with the same data. */
  start(): Promise<void>;
}

/** Starts a forge, or takes the one that LAB_EXISTING names, whose own settings then hold. */
export async function startForge(lab: LabContext, props: ForgeProps = {}): Promise<Forge> {
  const at = existing('forge');
  if (at !== undefined) return existingForge(lab, at);
  const tool = await findTool('gitea');
  const folder = lab.serverFolder('forge');
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}`;
  const configuration = renderConfiguration(folder, host, tool.share, { rootUrl: url, ...props });
  writeFileSync(join(folder, 'app.ini'), configuration, { mode: 0o600 });
  const env = { HOME: folder, USER: userInfo().username, GITEA_WORK_DIR: folder, FORGEJO_WORK_DIR: folder };
  const commandLine = {
    program: tool.path,
    args: ['--config', join(folder, 'app.ini')],
    env: { PATH: process.env['PATH'], ...env },
  };
  const administer = (...args: readonly string[]): Promise<string> =>
    runOk(commandLine.program, [...commandLine.args, ...args], { cwd: folder, env: commandLine.env });

  const admin = 'site-admin';
  await administer('migrate');
  await administer(
    ...['admin', 'user', 'create', '--admin', '--username', admin, '--email', `${admin}@lab.invalid`],
    ...['--random-password', '--must-change-password=false'],
  );
  const issue = ['admin', 'user', 'generate-access-token', '--raw', '--scopes', 'all', '--username', admin];
  // Around the token's line the forge says what it thinks of running as root, and of a slow disk.
  const [adminToken = ''] = /^[0-9a-f]{40}$/m.exec(await administer(...issue)) ?? [];
  const start = (): Promise<LoopbackServer> =>
    startLoopbackServer(lab, 'forge', { tool, host, env, within: withoutOverride() });
  let server = await start();

  return {
    ...administerForge(url, adminToken),
    kind: tool.name === 'forgejo' ? 'forgejo' : 'gitea',
    version: tool.version,
    url,
    host,
    commandLine,
    packageStorage: join(folder, 'data', 'packages'),
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await start();
    },
  };
}

/** A forge that already runs. The accounts that are made on it are removed when the lab ends. */
async function existingForge(
  lab: LabContext,
  { FORGEJO_URL, FORGEJO_ADMIN_TOKEN }: Whereabouts<'forge'>,
): Promise<Forge> {
  const { origin: url, host } = new URL(FORGEJO_URL);
  const administration = administerForge(url, FORGEJO_ADMIN_TOKEN);
  const response = await fetch(`${url}/api/v1/version`);
  if (!response.ok)
    throw new Error(`forge: ${url}/api/v1/version answered ${response.status}; correct FORGEJO_URL`);
  const { version } = (await response.json()) as { version: string };
  // Only Forgejo has an API of its own beside Gitea's.
  const kind = (await fetch(`${url}/api/forgejo/v1/version`)).ok ? 'forgejo' : 'gitea';
  const processNotOurs = processNotHeld('forge');
  return {
    ...administration,
    ...{ kind, version, url, host, stop: processNotOurs, kill: processNotOurs, start: processNotOurs },
    createUser: async (props) => {
      const user = await administration.createUser(props);
      lab.atEnd(() => administration.purgeUser(user.name));
      return user;
    },
    get commandLine() {
      return notHeld('forge', 'its command line');
    },
    get packageStorage() {
      return notHeld('forge', 'its files');
    },
  };
}

/** The settings of app.ini that differ from the defaults. */
function renderConfiguration(
  folder: string,
  host: string,
  share: string | undefined,
  { cleanupOlderThanSeconds = 86_400, rootUrl, passwords = true }: ForgeProps & { readonly rootUrl: string },
): string {
  const [address = '', port = ''] = host.split(':');
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    server: {
      HTTP_ADDR: address,
      HTTP_PORT: port,
      ROOT_URL: `${rootUrl}/`,
      APP_DATA_PATH: join(folder, 'data'),
      ...(share === undefined ? {} : { STATIC_ROOT_PATH: share }),
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
    },
    // A write-ahead log halves what waits for the disk: a thousand small transactions before the first request.
    database: {
      DB_TYPE: 'sqlite3',
      PATH: join(folder, 'data', 'forge.db'),
      SQLITE_JOURNAL_MODE: 'WAL',
    },
    repository: { ROOT: join(folder, 'repositories') },
    // Every request with a password hashes it anew: the default's 320,000 turns were most of what a forge computed here.
    security: {
      INSTALL_LOCK: true,
      SECRET_KEY: randomBytes(32).toString('hex'),
      PASSWORD_HASH_ALGO: 'pbkdf2$1000$50',
    },
    service: { DISABLE_REGISTRATION: true, ENABLE_BASIC_AUTHENTICATION: passwords },
    packages: { ENABLED: true },
    // Never 0, for which the forge takes its own default (gopkg.in/ini.v1 skips zero durations).
    'cron.cleanup_packages': { RUN_AT_START: false, OLDER_THAN: `${cleanupOlderThanSeconds}s1ns` },
    'cron.update_checker': { ENABLED: false },
    log: { MODE: 'console', LEVEL: 'Info' },
  };
  const head = [`RUN_USER = ${userInfo().username}`, 'I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true'];
  const body = Object.entries(sections).flatMap(([section, settings]) => [
    '',
    `[${section}]`,
    ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`),
  ]);
  return [...head, ...body, ''].join('\n');
}
