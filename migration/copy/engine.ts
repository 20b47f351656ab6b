import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryClient } from '../../clients/oci/client';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import type { Estate } from '../../estate/estate';
import type { Sources } from '../../evidence/sources';
import type { Part } from '../../evidence/whole-image';
import { Refused } from '../../steps/refused';
import { Resident } from '../../terminal/resident';
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
  /** Path of regbot, or its name on PATH. */
  readonly program: string;
}

/** What moves bytes. That it says it did proves nothing: its target is looked at afterwards. */
export interface Engine {
  /** A tag with all that is below it; `again`: sends every manifest, and each blob that is not there. */
  readonly copyTag: (item: CopyItem, again?: boolean) => Promise<string | undefined>;
  /** A blob of an image, or a manifest with all that is below it, by its digest. */
  readonly copyPart: (item: CopyItem, part: Part) => Promise<string | undefined>;
  /** Behind what is under way. */
  readonly end: () => Promise<void>;
}

const prefix = 'registry-copy-';
const firstVersion = '0.11.5';
const advice = `install regbot ${firstVersion} or later from https://regclient.org/install, or name it with --engine`;
const passedOn = /^(?:PATH|SSL_CERT_(?:FILE|DIR)|(?:https?|no)_proxy)$/iu;
/** What takes longer may have waited for a server, and what was asked before it is old; to begin anew costs a thirtieth. */
export const longMs = 3000;
const limits = { seconds: 4 * 3600, bytes: 1 << 20 };

/**
 * Answers each line of its input. A process to each tag would cost as much as all that it does for one: it starts, logs in
 * and connects anew. `blob.put` sends pieces of 1 MiB: it is not told how long the blob is. `gsub` needs minutes for one.
 */
const script = `
local verbs = {
  ready = function() end,
  copy = function(from, to) image.copy(from, to) end,
  again = function(from, to) image.copy(from, to, { forceRecursive = true }) end,
  blob = function(from, to, digest) blob.put(to, blob.get(from, digest)) end,
}
for line in io.lines() do
  local number, verb, from, to, digest = line:match("^(%d+) (%l+) ?(%S*) ?(%S*) ?(%S*)$")
  local done, why = pcall(verbs[verb], from, to, digest)
  io.write(number, " ", done and "done" or tostring(why):sub(1, 600):gsub("%s+", " "), "\\n")
  io.flush()
end
`;

/**
 * The program `regbot` of regclient, which stays while there is something to copy. Its logins are in a file that this
 * user alone reads, in a folder of its own: none is in its arguments or its environment, and none of the machine's own
 * Docker logins is used.
 *
 * @see https://regclient.org/cli/regbot/
 */
export async function startEngine({
  estate,
  sources,
  hosts,
  environment,
  program,
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
  const all = new Set<Resident>();
  const leave = (): void => {
    for (const each of all) each.kill('the copy is over');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  const logins = registries.flatMap(({ client, user = '', password = '' }) =>
    user === ''
      ? []
      : [[client.url.host, { auth: Buffer.from(`${user}:${password}`).toString('base64') }] as const],
  );
  const withoutTls = registries.filter(({ client }) => client.url.protocol === 'http:');
  const files = {
    'config.json': { auths: Object.fromEntries(logins) },
    'regbot.json': {
      version: 1,
      creds: withoutTls.map(({ client }) => ({ registry: client.url.host, tls: 'disabled' })),
      scripts: [{ name: 'copy', script }],
    },
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content), { mode: 0o600 });
  const env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => passedOn.test(name))),
    ...{ DOCKER_CONFIG: folder, HOME: folder },
  };
  const args = ['once', '--verbosity', 'error', '--config', join(folder, 'regbot.json')];
  const idle: Resident[] = [];
  const call = async (words: readonly string[], seconds?: number): Promise<string | undefined> => {
    const one = idle.pop() ?? new Resident(program, args, env, limits);
    all.add(one);
    const begunMs = Date.now();
    const answer = await one.ask(words.join(' '), seconds);
    // Says of a copy that is killed when it was last at work.
    utimesSync(folder, new Date(), new Date());
    const isDone = 'text' in answer && answer.text === 'done';
    if (isDone && words[0] !== 'blob' && Date.now() - begunMs < longMs) idle.push(one);
    else {
      // regclient waits before all that it asks of a host that failed, and keeps the connection of each blob, of three.
      await one.end();
      all.delete(one);
    }
    const ended = 'ended' in answer ? answer.ended : { code: 1, stdout: '', stderr: answer.text };
    return isDone ? undefined : said(ended, [FORGEJO_TOKEN ?? '', REG_PASS ?? '']);
  };
  const end = async (): Promise<void> => {
    await Promise.all([...all].map((each) => each.end()));
    process.off('exit', leave);
    leave();
  };
  try {
    await checkVersion(program, env);
    const fault = await call(['ready'], 30);
    if (fault !== undefined) throw noRegbot(program, fault);
  } catch (error) {
    await end();
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
      return call([again ? 'again' : 'copy', `${from}@${item.digest}`, `${to}:${item.to.tag}`]);
    },
    copyPart: (item, { kind, digest }) => {
      const [from, to] = sides(item);
      return call(
        kind === 'blob' ? ['blob', from, to, digest] : ['copy', `${from}@${digest}`, `${to}@${digest}`],
      );
    },
    end,
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
  const ran = await run(program, ['version'], { env, limits: { ...limits, seconds: 30 } }).catch(
    (error: unknown) => ({ code: 127, stdout: '', stderr: String(error) }),
  );
  const [, found] = /^VCSTag: +v(\d+\.\d+\.\d+)/mu.exec(ran.stdout) ?? [];
  if (found === undefined) throw noRegbot(program, said(ran));
  if (new Intl.Collator('en', { numeric: true }).compare(found, firstVersion) < 0)
    throw new Refused([`copy: "${program}" is too old, got ${found}; ${advice}`]);
}

const noRegbot = (program: string, got: string): Refused =>
  new Refused([`copy: "${program}" is no regbot, got ${got}; ${advice}`]);
