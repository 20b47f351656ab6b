import childProcess, { execFileSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { cutover } from '../../commands/cutover';
import { readKeys } from '../../commands/vault-keys';
import { verbsFor } from '../../commands/verbs';
import { estate } from '../../estate';
import { withCutOver } from '../../estate/derived/cutover-order';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { runProgram } from '../../rollout/run-command';
import type { Verb } from '../../terminal/command';
import { untilTold } from '../../terminal/until-told';
import { commit, git, makeTree, removeTrees, snapshot } from '../delivery/fixture';
import { before, nowMs, objectsOf } from '../migration/scene';
import { call } from '../support/call';

jest.setTimeout(300_000);

/** Every secret that is planted: in the environment, in Vault, in a Secret of the cluster. */
const canary = (of: number): string => `f00dcafe${String(of).padStart(32, '0')}`;
const anyCanary = /f00dcafe\d{32}/;
const keys = Object.fromEntries(readKeys(estate).map(({ key }, at) => [key, canary(100 + at)]));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const auth = base64(`operator:${canary(99)}`);
const dockerConfig = { auths: { [estate.forgejo.host]: { auth } } };
const pullSecretData = {
  '.dockerconfigjson': base64(
    JSON.stringify({
      auths: Object.fromEntries(
        [estate.forgejo.host, ...legacySpellings(estate)].map((host) => [host, { auth }]),
      ),
    }),
  ),
};
const movedApp = estate.apps[0]?.stack ?? '';
const secrets = {
  kind: 'List',
  items: [
    {
      ...{
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: estate.pullSecret.name, namespace: 'kyverno' },
      },
      data: { '.dockerconfigjson': base64(JSON.stringify(dockerConfig)) },
    },
  ],
};

/** The verbs that do something, each with its names; a lab has secrets of its own, and a test of its own. */
function leaves(under: CommandUnknownOpts, names: readonly string[]): [string, CommandUnknownOpts][] {
  const path = [...names, under.name()];
  return under.commands.length === 0
    ? [[path.join(' '), under]]
    : under.commands.flatMap((each) => leaves(each, path));
}
const silent = { out: () => undefined, err: () => undefined, interactive: false, environment: {} };
const commands = verbsFor()
  .flatMap((verb) =>
    leaves(
      verb(silent, () => undefined),
      [],
    ),
  )
  .filter(([name]) => !name.startsWith('lab '));

const folder = mkdtempSync(join(tmpdir(), 'canaries-'));
const [written, programs, facts] = ['written', 'programs', 'facts'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
/** One as the homelab has it, and one without stacks, for what would plan each of them. */
const [tree, empty] = [makeTree(), join(folder, 'empty')];
/** The list of processes, as far as the commands began them. */
let processes = '';

/** What a server makes of a request: it repeats what it was told, in all that a client may print. */
type Manner = 'answers' | 'refuses' | 'leads astray';
let manner: Manner = 'answers';
let strangerHeard = '';
let logged = '';
let parrotHeard = '';
const servers: Server[] = [];
const urlOf = (server: Server | undefined): string =>
  `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;

const answerOf = ({ url = '', headers }: IncomingMessage): object => {
  const echo = JSON.stringify(headers);
  if (url.includes('/v1/sys/internal/ui/mounts')) return { data: { type: 'kv', options: { version: '2' } } };
  if (url.startsWith('/v1/sys/health')) return { server_time_utc: Date.now() / 1000 };
  if (/\/v1\/[^/]+\/metadata/.test(url)) return { data: { versions: {}, current_version: 1 } };
  if (url.startsWith('/v1/')) return { data: { data: keys, metadata: { version: 1 } } };
  if (url.endsWith('/api/v1/user')) return { is_admin: true, login: echo };
  return { version: '11.0.1', login: 'operator', active: true, token: canary(98), message: echo };
};

beforeAll(async () => {
  const stranger = createServer((request, response) => {
    strangerHeard += JSON.stringify([request.url, request.headers]);
    request.on('data', (text: Buffer) => (strangerHeard += String(text)));
    response.writeHead(401, { 'www-authenticate': 'Basic realm="elsewhere"' }).end();
  });
  const parrot = createServer((request, response) => {
    let body = '';
    request.on('data', (text: Buffer) => (body += String(text)));
    request.on('end', () => {
      const echo = JSON.stringify([request.headers, body]);
      parrotHeard += echo;
      const headers = { 'content-type': 'application/json', 'x-said': base64(echo) };
      if (manner === 'leads astray')
        response.writeHead(307, { location: `${urlOf(stranger)}${request.url ?? ''}` }).end();
      else if (request.headers.authorization === undefined && /^\/v2\/(?!token)/.test(request.url ?? ''))
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="${urlOf(parrot)}/v2/token",service="container_registry"`,
          })
          .end();
      else if (manner === 'refuses')
        response
          .writeHead(403, { ...headers, 'www-authenticate': `Bearer realm="${urlOf(stranger)}/token"` })
          .end(JSON.stringify({ message: echo, errors: [{ code: 'DENIED', message: echo }] }));
      else response.writeHead(200, headers).end(JSON.stringify(answerOf(request)));
    });
  });
  servers.push(stranger, parrot);
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  for (const name of [written, programs, empty]) mkdirSync(name);
  cpSync(join(__dirname, '../../estate'), facts, { recursive: true });
  writeFileSync(join(folder, 'kubeconfig'), `users: [{ user: { token: ${canary(97)} } }]`);
  git(empty, 'init', '--quiet');
  writeFileSync(join(empty, 'README.md'), '');
  commit(empty, 'empty');
  const realGit = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
  const list = `'${JSON.stringify(secrets)}'`;
  const objects = objectsOf(before(movedApp)).map((object) =>
    object.kind === 'Secret' ? { ...object, data: pullSecretData } : object,
  );
  for (const [file, kinds] of [
    ['accounts', /^ServiceAccount$/],
    ['copies', /^Secret$/],
    ['workloads', /^(?!ServiceAccount$|Secret$)/],
  ] as const)
    writeFileSync(
      join(folder, file),
      JSON.stringify({ items: objects.filter(({ kind }) => kinds.test(kind)) }),
    );
  const each: Readonly<Record<string, string>> = {
    git: `exec '${realGit}' "$@"`,
    // What it is not asked to read fails at once, as a cluster that is away does: nobody waits for it.
    kubectl: `[ -e '${folder}/refuses' ] || case "$*" in *'get deployments'*) cat '${folder}/workloads'; exit ;; *'get serviceaccounts'*) cat '${folder}/accounts'; exit ;; *"get secrets -n ${movedApp} "*) cat '${folder}/copies'; exit ;; *'get secrets'* | *'get namespaces'* | *'delete namespace'*) printf %s ${list}; exit ;; esac; cat >&2; exit 1`,
  };
  for (const name of [
    'git',
    'kubectl',
    'ssh',
    'terragrunt',
    'terraform',
    'tofu',
    'docker',
    'regbot',
    'vault',
  ]) {
    const then = each[name] ?? 'cat >&2; exit 1';
    writeFileSync(join(programs, name), `#!/bin/sh\n${then}\n`);
    chmodSync(join(programs, name), 0o755);
  }
});
beforeEach(() => {
  processes = '';
  strangerHeard = '';
  logged = '';
  for (const how of ['spawn', 'spawnSync', 'execFile', 'execFileSync'] as const) {
    const real = childProcess[how] as (...args: unknown[]) => never;
    jest.spyOn(childProcess, how).mockImplementation((program: string, ...rest: unknown[]) => {
      processes += `${JSON.stringify([program, rest[0]])}\n`;
      const own = join(programs, program);
      return real(existsSync(own) || !program.includes('/') ? own : program, ...rest);
    });
  }
  // Nobody is asked who is not here.
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called as a method below
  const { connect } = Socket.prototype;
  jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    const { host = '127.0.0.1', path } = [args].flat(2)[0] as { host?: string; path?: string };
    if (path !== undefined || host === '127.0.0.1') return Reflect.apply(connect, this, args) as Socket;
    process.nextTick(() => this.destroy(Object.assign(new Error('nobody'), { code: 'ECONNREFUSED' })));
    return this;
  });
  // A program ends its process, and writes where a pod's log is.
  jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text, ...rest) => {
      logged += String(text);
      (rest.at(-1) as (() => void) | undefined)?.();
      return true;
    });
  jest.spyOn(Resolver.prototype, 'resolve4').mockRejectedValue(new Error('nobody'));
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
  removeTrees();
});

/** What stands for a word of a command's usage; a new one is to be given a meaning here. */
const meanings: Readonly<Record<string, () => string>> = {
  ...{ url: () => urlOf(servers[1]), api: () => urlOf(servers[1]), forge: () => urlOf(servers[1]) },
  ...{ registry: () => urlOf(servers[1]), tree: () => tree, root: () => tree, repository: () => tree },
  ...{ folder: () => written, file: () => join(written, 'file'), stack: () => 'forgejo' },
  ...{
    app: () => movedApp,
    project: () => estate.projects[0]?.name ?? '',
    verb: () => 'apply',
  },
};
const places = ['url', 'api', 'forge', 'tree', 'root', 'repository'];

function lineOf(name: string, command: CommandUnknownOpts): string[] {
  const meaning = (word: string): string => {
    const found = word === 'root' && name.startsWith('stacks ') ? () => empty : meanings[word];
    if (found === undefined) throw new Error(`${name}: takes a <${word}>, which this test gives no meaning`);
    return found();
  };
  const words = command.registeredArguments
    .filter(({ required }) => required)
    .map((argument) => argument.argChoices?.at(-1) ?? meaning(argument.name()));
  const options = command.options.flatMap(({ long, flags, mandatory }) => {
    const [, word] = /<(\w+)>/.exec(flags) ?? [];
    if (word === undefined || long == null) return [];
    return mandatory || places.includes(word) || long === '--out' ? [long, meaning(word)] : [];
  });
  return [...name.split(' '), ...words, ...options];
}

/** Every variable that its help names, each with a canary where it is no address, name or file. */
function environmentOf(command: CommandUnknownOpts): Record<string, string> {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const [, block = ''] = /\nEnvironment:\n((?: {2}.*\n)+)/.exec(help) ?? [];
  const names = block.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? [];
  const variables = names.map((name, at): [string, string] => {
    if (name.endsWith('_ADDR')) return [name, urlOf(servers[1])];
    return [name, name.endsWith('_USER') ? 'operator' : canary(at)];
  });
  const config = block === '' ? {} : { KUBECONFIG: join(folder, 'kubeconfig') };
  return { ...Object.fromEntries(variables), ...config };
}

/** As it stands, and in what base64 hides. */
function canariesIn(text: string): string[] {
  const hidden = (text.match(/[A-Za-z0-9+/_-]{40,}={0,2}/g) ?? []).map((part) =>
    Buffer.from(part, 'base64').toString('latin1'),
  );
  return [text, ...hidden].filter((each) => anyCanary.test(each));
}

/** What changes the estate changes a copy of it, in the phase that lets it. */
function verbsOf(name: string): readonly Verb[] {
  if (name !== 'cutover' && name !== 'rollback') return verbsFor(name.split(' '));
  const means = { run: runProgram, facts, now: () => nowMs, signal: untilTold };
  const of = before(movedApp);
  return [cutover(name, () => (name === 'cutover' ? of : withCutOver(of, movedApp, true)), means)];
}

const manners: readonly Manner[] = ['answers', 'refuses', 'leads astray'];
test.each(commands)('%s lets no secret out', async (name, command) => {
  const flags = command.options
    .filter(({ long, flags: shown }) => !/[<[]/.test(shown) && long !== '--help')
    .map(({ long }) => long ?? '');
  const environment = environmentOf(command);
  const plain = lineOf(name, command);
  // Nobody answers what asks nobody.
  const isAsking = 'KUBECONFIG' in environment || plain.some((word) => word.startsWith('http'));
  for (manner of isAsking ? manners : manners.slice(0, 1))
    for (const flag of [undefined, ...(isAsking && manner === 'answers' ? flags : [])]) {
      if (manner === 'refuses') writeFileSync(join(folder, 'refuses'), '');
      else rmSync(join(folder, 'refuses'), { force: true });
      const line = [...plain, ...(flag === undefined ? [] : [flag])];
      const { out, err } = await call(line, { environment, verbs: verbsOf(name) });
      // A backup is the volume, with all that is in it.
      const files = readdirSync(written)
        .filter((file) => name !== 'backup' || file !== 'file')
        .map((file) => readFileSync(join(written, file), 'utf8'));
      const changed = [snapshot(tree), snapshot(facts)].flatMap((of) => Object.values(of));
      const places = { out, err, logged, files: [...files, ...changed].join('\n'), processes };
      const leaking = Object.entries({ ...places, stranger: strangerHeard }).filter(
        ([, text]) => canariesIn(text).length > 0,
      );
      expect([line.join(' '), manner, leaking]).toEqual([line.join(' '), manner, []]);
      rmSync(written, { recursive: true });
      mkdirSync(written);
    }
});

test('the secrets were on their way', () => {
  const told = canariesIn(parrotHeard).flatMap((text) => text.match(new RegExp(anyCanary, 'g')) ?? []);
  // Those of the environment, and those that Vault has.
  expect(new Set(told.filter((each) => each < canary(90))).size).toBeGreaterThan(2);
  expect(new Set(told.filter((each) => each >= canary(100))).size).toBeGreaterThan(2);
});
