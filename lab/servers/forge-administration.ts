import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ForgeUser {
  readonly name: string;
  readonly password: string;
}

export interface CreateForgeUserProps {
  readonly name: string;
  /** @default public */
  readonly visibility?: 'public' | 'limited' | 'private';
}

/** What a site administrator does on a forge for a test. */
export interface ForgeAdministration {
  createUser(props: CreateForgeUserProps): Promise<ForgeUser>;
  /** Makes a site administrator. */
  createAdministrator(name: string): Promise<ForgeUser>;
  /** Removes an account with everything that it owns. */
  purgeUser(name: string): Promise<void>;
  /** Issues a personal access token in the name of its owner, scopes such as `write:package`. */
  createToken(owner: ForgeUser, scopes: readonly string[]): Promise<string>;
  /** Runs the built-in clean-up of packages, and resolves when it is done. */
  runCleanup(): Promise<void>;
}

export function administerForge(url: string, adminToken: string): ForgeAdministration {
  const asAdmin = `token ${adminToken}`;
  const api = async (method: string, path: string, authorization = asAdmin, body = {}): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`forge: ${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const createUser = async ({ name, visibility = 'public' }: CreateForgeUserProps): Promise<ForgeUser> => {
    const user = { name, password: randomBytes(18).toString('base64url') };
    const email = `${name}@lab.invalid`;
    await api('POST', '/admin/users', asAdmin, {
      ...{ username: name, password: user.password, email, visibility, must_change_password: false },
    });
    return user;
  };
  return {
    createUser,
    createAdministrator: async (name) => {
      const user = await createUser({ name });
      await api('PATCH', `/admin/users/${name}`, asAdmin, { admin: true, source_id: 0, login_name: name });
      return user;
    },
    purgeUser: async (name) => {
      await api('DELETE', `/admin/users/${name}?purge=true`);
    },
    createToken: async (owner, scopes) => {
      const name = `lab-${randomBytes(4).toString('hex')}`;
      // A token is issued by its owner's password alone: routers/api/v1/api.go, reqBasicOrRevProxyAuth.
      const basic = Buffer.from(`${owner.name}:${owner.password}`).toString('base64');
      const token = await api('POST', `/users/${owner.name}/tokens`, `Basic ${basic}`, { name, scopes });
      return (token as { sha1: string }).sha1;
    },
    // Both forges answer only after the task has ended: routers/api/v1/admin/cron.go runs it in place. They compare whole
    // seconds, so what was pushed in this one is too young whatever the setting.
    runCleanup: async () => {
      await sleep(1_000 - (Date.now() % 1_000));
      await api('POST', '/admin/cron/cleanup_packages');
    },
  };
}
