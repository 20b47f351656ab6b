import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findPresentTool, findTool, type FoundTool } from './find-tool';
import { answers } from './http-ready';
import type { LabContext } from './lab-context';
import { freePort } from './ports';
import { runOk } from './run';

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

/** An account, with its password. */
export interface ForgeUser {
  readonly name: string;
  readonly password: string;
}

export interface CreateForgeUserProps {
  readonly name: string;
  /** @default public */
  readonly visibility?: 'public' | 'limited' | 'private';
}

/** A running forge: Forgejo when the machine has one, else Gitea, which shares its package registry. */
export interface Forge {
  /** Which of the two it is; every result must say so. */
  readonly kind: 'forgejo' | 'gitea';
  readonly version: string;
  /** Its own loopback address, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The host and port, as they stand in an image reference. */
  readonly host: string;
  /** A site administrator. */
  readonly admin: ForgeUser;
  /** The sqlite file, for damage on purpose. */
  readonly database: string;
  /** The folder of package blobs, `<first two>/<next two>/<sha256>`. */
  readonly packageStorage: string;
  createUser(props: CreateForgeUserProps): Promise<ForgeUser>;
  /** Issues a personal access token in the name of its owner, scopes such as `write:package`. */
  createToken(owner: ForgeUser, scopes: readonly string[]): Promise<string>;
  /** Runs the built-in clean-up of packages, and resolves when it is done. */
  runCleanup(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again at the same address with the same data. */
  start(): Promise<void>;
}

/** The forge programs whose configuration and API agree in all that the lab uses. */
async function findForge(lab: LabContext): Promise<FoundTool> {
  return (await findPresentTool('forgejo')) ?? findTool('gitea', lab.progress);
}

export async function startForge(lab: LabContext, props: ForgeProps = {}): Promise<Forge> {
  const tool = await findForge(lab);
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

  const admin = { name: 'site-admin', password: newPassword() };
  await administer('migrate');
  await administer(
    ...['admin', 'user', 'create', '--admin', '--username', admin.name, '--password', admin.password],
    ...['--email', `${admin.name}@lab.invalid`, '--must-change-password=false'],
  );
  const startProcess = () =>
    lab.start({
      name: 'forge',
      version: `${tool.name} ${tool.version}`,
      address: url,
      command: tool.path,
      args: ['--config', configuration, 'web'],
      env,
      ready: () => answers(`${url}/api/v1/version`),
    });
  let server = await startProcess();

  const api = async (as: ForgeUser, method: 'POST', path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${as.name}:${as.password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body ?? {}),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`forge: ${method} ${path} as "${as.name}" answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  return {
    kind: tool.name === 'forgejo' ? 'forgejo' : 'gitea',
    version: tool.version,
    url,
    host,
    admin,
    database: join(folder, 'data', 'forge.db'),
    packageStorage: join(folder, 'data', 'packages'),
    createUser: async ({ name, visibility = 'public' }) => {
      const user = { name, password: newPassword() };
      const email = `${name}@lab.invalid`;
      await api(admin, 'POST', '/admin/users', {
        ...{ username: name, password: user.password, email, visibility, must_change_password: false },
      });
      return user;
    },
    createToken: async (owner, scopes) => {
      const name = `lab-${randomBytes(4).toString('hex')}`;
      const token = await api(owner, 'POST', `/users/${owner.name}/tokens`, { name, scopes });
      return (token as { sha1: string }).sha1;
    },
    // Both forges answer only after the task has ended: routers/api/v1/admin/cron.go runs it in place.
    runCleanup: async () => {
      await api(admin, 'POST', '/admin/cron/cleanup_packages');
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await startProcess();
    },
  };
}

function newPassword(): string {
  return randomBytes(18).toString('base64url');
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
