import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryClient } from '../../clients/oci/client';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import type { Estate } from '../../estate/estate';
import type { Sources } from '../../evidence/sources';
import { Refused } from '../../steps/refused';
import { isRunning, run } from '../../terminal/run';
import { said } from '../../terminal/said';
import type { Terminal } from '../../terminal/terminal';
import type { CopyItem } from './decide';

export interface EngineProps {
  readonly estate: Estate;
  readonly sources: Sources;
  /** Hosts of the registries that images come from, as references name them. */
  readonly hosts: readonly string[];
  /** FORGEJO_USER, FORGEJO_TOKEN, REG_USER and REG_PASS; PATH and what Go's programs read of proxies and certificates. */
  readonly environment: Terminal['environment'];
  /** @default the one of PATH */
  readonly program?: string;
}

/** What moves bytes. That it says it did proves nothing: its target is looked at afterwards. */
export interface Engine {
  /** A tag with all that is below it; `again`: sends every manifest, and each blob that is not there. */
  readonly copyTag: (item: CopyItem, again?: boolean) => Promise<string | undefined>;
  /** A manifest of an image with all that is below it, by its digest. */
  readonly copyManifest: (item: CopyItem, digest: string) => Promise<string | undefined>;
  readonly copyBlob: (item: CopyItem, digest: string) => Promise<string | undefined>;
  /** Removes its logins from this machine. */
  readonly end: () => void;
}

const prefix = 'registry-copy-';
const firstVersion = [0, 11, 5];
const passedOn = /^(?:PATH|SSL_CERT_(?:FILE|DIR)|(?:https?|no)_proxy)$/iu;

/**
 * The program `regctl` of regclient. Its logins are in a file that this user alone reads, in a folder of its own: none is
 * in its arguments or its environment, and none of the machine's own Docker logins is used.
 *
 * @see https://regclient.org/cli/regctl/
 */
export async function startEngine({
  estate,
  sources,
  hosts,
  environment,
  program = 'regctl',
}: EngineProps): Promise<Engine> {
  const { FORGEJO_USER, FORGEJO_TOKEN, REG_USER, REG_PASS } = environment;
  const isLegacy = (host: string): boolean => legacySpellings(estate).includes(host);
  const registries = [
    { client: sources.target, user: FORGEJO_USER, password: FORGEJO_TOKEN },
    ...hosts.map((host) => ({
      client: sources.sourceOf(host),
      ...(isLegacy(host) ? { user: REG_USER, password: REG_PASS } : {}),
    })),
  ];
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const end = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  const logins = registries.flatMap(({ client, user = '', password = '' }) =>
    user === ''
      ? []
      : [[client.url.host, { auth: Buffer.from(`${user}:${password}`).toString('base64') }] as const],
  );
  const withoutTls = registries.filter(({ client }) => client.url.protocol === 'http:');
  const files = {
    'config.json': { auths: Object.fromEntries(logins) },
    'regctl.json': {
      hosts: Object.fromEntries(withoutTls.map(({ client }) => [client.url.host, { tls: 'disabled' }])),
    },
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content), { mode: 0o600 });
  const env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => passedOn.test(name))),
    ...{ DOCKER_CONFIG: folder, REGCTL_CONFIG: join(folder, 'regctl.json'), HOME: folder },
  };
  const secrets = [FORGEJO_TOKEN ?? '', REG_PASS ?? ''];
  const call = async (...args: readonly string[]): Promise<string | undefined> => {
    const ran = await run(program, args, { env, limits: { seconds: 4 * 3600, bytes: 1 << 20 } });
    // Says of a copy that is killed when it was last at work.
    utimesSync(folder, new Date(), new Date());
    return ran.code === 0 ? undefined : said(ran, secrets);
  };
  try {
    await checkVersion(program, env);
  } catch (error) {
    end();
    throw error;
  }
  const at = (client: RegistryClient, repository: string): string =>
    `${client.url.host === 'registry-1.docker.io' ? 'docker.io' : client.url.host}/${repository}`;
  const sides = ({ from, to }: CopyItem): [string, string] => [
    at(sources.sourceOf(from.host), from.repository),
    at(sources.target, to.repository),
  ];
  return {
    copyTag: (item, again = false) => {
      const [from, to] = sides(item);
      // The digest, not the tag, which may have moved since it was looked at.
      const names = [`${from}@${item.digest}`, `${to}:${item.to.tag}`];
      return call('image', 'copy', ...(again ? ['--force-recursive'] : []), ...names);
    },
    copyManifest: (item, digest) =>
      call('image', 'copy', ...sides(item).map((repository) => `${repository}@${digest}`)),
    copyBlob: (item, digest) => call('blob', 'copy', ...sides(item), digest),
    end: () => {
      process.off('exit', end);
      end();
    },
  };
}

/** What copies of this machine that were killed left, and when the last of them was at work. */
export function abandonedCopies(): { readonly folders: readonly string[]; readonly lastMs: number } {
  const folders = readdirSync(tmpdir()).flatMap((name) => {
    const pid = Number(/^registry-copy-(\d+)-\w{6}$/u.exec(name)?.[1] ?? process.pid);
    return isRunning(pid) ? [] : [join(tmpdir(), name)];
  });
  const lastMs = Math.max(0, ...folders.map((at) => statSync(at, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  return { folders, lastMs };
}

/** Removes it: it holds logins. */
export function removeAbandonedLogins(): void {
  for (const folder of abandonedCopies().folders)
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, who alone can read it.
    }
}

async function checkVersion(program: string, env: NodeJS.ProcessEnv): Promise<void> {
  const ran = await run(program, ['version'], { env, limits: { seconds: 30, bytes: 1 << 20 } }).catch(
    (error: unknown) => ({
      ...{ code: 127, stdout: '', stderr: error instanceof Error ? error.message : String(error) },
    }),
  );
  const found = /^VCSTag: +v(\d+)\.(\d+)\.(\d+)/mu.exec(ran.stdout)?.slice(1).map(Number);
  const isOld = (found ?? []).map((part, at) => part - (firstVersion[at] ?? 0)).find((part) => part !== 0);
  const advice = `install regctl ${firstVersion.join('.')} or later from https://regclient.org/install, or name it with --engine`;
  if (found === undefined)
    throw new Refused([`copy: "${program}" is no regctl, got ${said(ran)}; ${advice}`]);
  if (isOld !== undefined && isOld < 0)
    throw new Refused([`copy: "${program}" is too old, got ${found.join('.')}; ${advice}`]);
}
