import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { existing } from './existing';
import { reuseForge } from './existing-forge';
import { findTool } from '../programs/find-tool';
import { administerForge, type ForgeAdministration } from './forge-administration';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { runOk } from '../../terminal/run';

export interface ForgeProps {
  /**
   * How old an unreferenced blob or version must be before the clean-up removes it: 1 or more, since
   * the forge takes 0 for its own default (gopkg.in/ini.v1 skips zero durations).
   * @default 86400, Forgejo's
   */
  readonly cleanupOlderThanSeconds?: number;
  /** The address that clients reach it by, when that is a reverse proxy's. @default its own */
  readonly rootUrl?: string;
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
  const elsewhere = existing('forge');
  if (elsewhere !== undefined) return reuseForge(lab, elsewhere);
  const tool = await findTool('gitea', lab.progress);
  const folder = lab.serverFolder('forge');
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const configuration = join(folder, 'app.ini');
  writeFileSync(configuration, renderConfiguration({ folder, port, share: tool.share, url, props }), {
    mode: 0o600,
  });
  const env = { HOME: folder, USER: userInfo().username, GITEA_WORK_DIR: folder, FORGEJO_WORK_DIR: folder };
  const administer = (...args: readonly string[]): Promise<string> =>
    runOk(tool.path, ['--config', configuration, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
    });

  const admin = 'site-admin';
  await administer('migrate');
  await administer(
    ...['admin', 'user', 'create', '--admin', '--username', admin, '--email', `${admin}@lab.invalid`],
    ...['--random-password', '--must-change-password=false'],
  );
  const issue = ['admin', 'user', 'generate-access-token', '--raw', '--scopes', 'all', '--username', admin];
  // Around the token's line the forge says what it thinks of running as root, and of a slow disk.
  const [adminToken = ''] = /^[0-9a-f]{40}$/m.exec(await administer(...issue)) ?? [];
  const startProcess = () =>
    lab.start({
      name: 'forge',
      version: `${tool.name} ${tool.version}`,
      address: url,
      whereabouts: { FORGEJO_URL: url, FORGEJO_ADMIN_TOKEN: adminToken },
      command: tool.path,
      args: ['--config', configuration, 'web'],
      env,
      ready: () => answers(`${url}/api/v1/version`),
    });
  let server = await startProcess();

  return {
    ...administerForge(url, adminToken),
    kind: tool.name === 'forgejo' ? 'forgejo' : 'gitea',
    version: tool.version,
    url,
    host,
    packageStorage: join(folder, 'data', 'packages'),
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await startProcess();
    },
  };
}

interface ConfigurationProps {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly share: string | undefined;
  readonly props: ForgeProps;
}

/** The settings of app.ini that differ from the defaults. */
function renderConfiguration({ folder, port, url, share, props }: ConfigurationProps): string {
  const { cleanupOlderThanSeconds = 86_400, rootUrl = url } = props;
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    server: {
      HTTP_ADDR: '127.0.0.1',
      HTTP_PORT: port,
      ROOT_URL: `${rootUrl}/`,
      APP_DATA_PATH: join(folder, 'data'),
      ...(share === undefined ? {} : { STATIC_ROOT_PATH: share }),
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
    },
    database: { DB_TYPE: 'sqlite3', PATH: join(folder, 'data', 'forge.db') },
    repository: { ROOT: join(folder, 'repositories') },
    security: { INSTALL_LOCK: true, SECRET_KEY: randomBytes(32).toString('hex') },
    service: { DISABLE_REGISTRATION: true },
    packages: { ENABLED: true },
    'cron.cleanup_packages': { RUN_AT_START: false, OLDER_THAN: `${cleanupOlderThanSeconds}s` },
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
