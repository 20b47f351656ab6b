import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { contentText } from '../../cloud-init/content';
import { registryVm } from '../../cloud-init/registry-vm';
import type { ThisEstate } from '../../estate';
import type { Phase } from '../../estate/phases';
import { surveyAlone } from '../../rollout/apply-machine';
import type { Command } from '../../rollout/machine-command';
import { lockCommand } from '../../rollout/machine-lock';
import { vmOf } from '../../rollout/of-estate';
import { performMachine } from '../../rollout/perform-machine';
import { resolveMachine } from '../../rollout/resolved-machine';
import { run, type Ran } from '../../terminal/run';
import { registryVmTree } from '../../trees/registry-vm';
import { estateAt } from '../support/estates';
import { strideOver } from '../support/stride';
import { describeRootLab } from './describe-root-lab';

/** Folders of the machine; each connection sees them at these paths, in the mount namespace of the machine. */
const mounted = ['/opt', '/etc/cron.d', '/etc/systemd/system', '/var/lib', '/run'];
const secretOf = (key: string): string => `it's ${key}: "a" $b\nsecond line`;
const secrets = [
  ...['registry_ssh_key', 'registry_ssh_known_hosts', 'dockerhub_registry_password'],
  ...['registry_user', 'registry_password', 'forgejo_pull_token'],
  ...['registry_htpasswd', 'registry_tls_certificate', 'registry_tls_key'],
];

/** Programs of the machine and of the pipeline's image; each says that it was called. */
const programs = {
  // The last argument is the command. Of $CUT_AFTER of them the line is cut: before the next one, or after it was done.
  ssh: `for command; do :; done
echo call >>"$WORK/remote"
calls=$(wc -l <"$WORK/remote")
if [ "$calls" -gt "$CUT_AFTER" ] && { [ "$CUT" = before ] || [ "$calls" -gt $((CUT_AFTER + 1)) ]; }; then
  echo "connection lost" >&2
  exit 255
fi
nsenter --target "$MACHINE" --mount sh -c "$command"
code=$?
if [ "$calls" -gt "$CUT_AFTER" ]; then code=255; fi
exit $code`,
  sudo: 'shift\nexec "$@"',
  docker: 'echo "docker $*" >>"$WORK/calls"',
  systemctl: 'echo "systemctl $*" >>"$WORK/calls"',
  crontab: 'cat "$WORK/crontab" 2>/dev/null',
  curl: 'for url; do :; done\ncase $url in "$DOWN") printf 502 ;; *5050*) printf 401 ;; *) printf 200 ;; esac',
};

describeRootLab('the sync of the registry VM', () => {
  let root: string;
  let machine: ChildProcess;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'registry-sync-'));
    for (const folder of mounted) mkdirSync(join(root, 'machine', folder), { recursive: true });
    mkdirSync(join(root, 'bin'));
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const binds = mounted.map((folder) => `mount --bind '${root}/machine${folder}' ${folder}`).join(' && ');
    const process = spawn('unshare', ['--mount', 'sh', '-c', `${binds} && echo up && exec cat`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    machine = process;
    await once(process.stdout, 'data');
  });
  afterEach(async () => {
    machine.stdin?.end();
    await once(machine, 'close');
    rmSync(root, { recursive: true });
  });

  /** Writes the tree of a phase and runs its script there, as the pipeline does. */
  const sync = async (phase: Phase, env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
    for (const { path, text } of registryVmTree(estateAt(phase))) {
      const file = join(root, 'tree', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    for (const log of ['calls', 'remote']) rmSync(join(root, log), { force: true });
    return run('sh', ['modules/docker-registry/sync.sh'], {
      cwd: join(root, 'tree'),
      env: {
        ...environment(),
        ...Object.fromEntries(secrets.map((key) => [key.toUpperCase(), secretOf(key)])),
        ...env,
      },
    });
  };
  const environment = (): NodeJS.ProcessEnv => ({
    PATH: `${root}/bin:${process.env['PATH'] ?? ''}`,
    WORK: root,
    MACHINE: String(machine.pid),
    ...{ CUT_AFTER: '100000', CUT: 'before', DOWN: 'none' },
  });
  /** What `nodes` does on the VM, over the same ssh; resolves to the steps it did, or the reason why it stopped. */
  const rollOut = async (env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
    for (const log of ['calls', 'remote']) rmSync(join(root, log), { force: true });
    const vm = vmOf(estateAt('prepare'));
    const props = {
      ...{ ...vm, name: 'registry-vm', access: { user: vm.user } },
      machine: resolveMachine(vm.machine, ({ vault }) => secretOf(vault.key)),
      run: ({ program, args, input = '' }: Command): Promise<Ran> =>
        run(program, args, { input, env: { ...environment(), ...env } }),
    };
    const target = await surveyAlone(props);
    const done: string[] = [];
    await performMachine(target, {
      ...{ run: props.run, secrets: [], signal: new AbortController().signal },
      out: (text) => done.push(text),
    }).catch((error: unknown) => done.push(`stopped: ${String(error)}`));
    return done;
  };
  const onMachine = (path: string): string => join(root, 'machine', path);
  const calls = (): string[] =>
    existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];
  /** What differs between the machine and the list, by path. */
  const differences = (estate: ThisEstate): string[] =>
    registryVm(estate)
      .files.filter(({ path, mode, content }) => {
        const file = onMachine(path);
        const expected = contentText(content, ({ vault }) => secretOf(vault.key));
        return (
          !existsSync(file) ||
          readFileSync(file, 'utf8') !== expected ||
          (statSync(file).mode & 0o777) !== parseInt(mode, 8)
        );
      })
      .map(({ path }) => path);
  const compose = 'docker compose --project-directory /opt/registry';

  test('brings an empty machine to the list, each effect in its turn, and changes nothing the second time', async () => {
    const first = await sync('prepare');

    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(differences(estateAt('prepare'))).toEqual([]);
    expect(calls().slice(0, 4)).toEqual([
      'systemctl daemon-reload',
      'systemctl enable docker-compose-registry.service',
      `${compose} run --rm --no-deps -T nginx nginx -t`,
      `${compose} up -d --remove-orphans`,
    ]);
    expect(calls().at(-1)).toBe(`${compose} up -d --no-deps --force-recreate nginx`);
    const second = await sync('prepare');
    expect([second.code, second.stdout, calls()]).toEqual([0, '', []]);
  });

  test('does what one changed file needs, and no more', async () => {
    await sync('prepare');
    writeFileSync(onMachine('/opt/registry/config-ghcr.yml'), 'version: "0.1"\n');

    const { stdout } = await sync('prepare');

    expect(stdout.split('\n')[0]).toBe('wrote /opt/registry/config-ghcr.yml');
    expect(calls()).toEqual([`${compose} up -d --no-deps --force-recreate registry-ghcr`]);
  });

  const marks = (): string[] => {
    const folder = onMachine('/var/lib/registry-consolidation/pending');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  /** Each effect took place since the calls were last forgotten, and nothing is left to do for either. */
  const expectWhole = async (taken: readonly string[]): Promise<void> => {
    expect(differences(estateAt('prepare'))).toEqual([]);
    expect(taken).toEqual(
      expect.arrayContaining([
        'systemctl daemon-reload',
        `${compose} up -d --remove-orphans`,
        `${compose} up -d --no-deps --force-recreate nginx`,
      ]),
    );
    expect(marks()).toEqual([]);
    expect(await rollOut()).toEqual([]);
    expect([(await sync('prepare')).code, calls()]).toEqual([0, []]);
  };

  test.each(
    strideOver([
      [14, 'after'],
      [1, 'before'],
      [33, 'before'],
    ] as const),
  )(
    'cut off at connection %i (%s it was done) is finished by nodes',
    async (at, cut) => {
      const ended = await sync('prepare', { CUT_AFTER: String(at), CUT: cut });
      const before = calls();
      const left = marks();
      const done = await rollOut();

      expect([ended.code !== 0 || at > 35, done.filter((line) => line.startsWith('stopped'))]).toEqual([
        true,
        [],
      ]);
      expect(ended.code !== 0 && left.length > 0 ? done.length : 1).toBeGreaterThan(0);
      await expectWhole([...before, ...calls()]);
    },
    120_000,
  );

  test.each(
    strideOver([
      [12, 'before'],
      [3, 'after'],
      [35, 'after'],
    ] as const),
  )(
    'nodes that is cut off at connection %i (%s it was done) is finished by the pipeline',
    async (at, cut) => {
      const done = await rollOut({ CUT_AFTER: String(at), CUT: cut });
      const before = calls();
      const { code, stderr } = await sync('prepare');

      expect([done.at(-1)?.startsWith('stopped') === true || at > 35, code, stderr]).toEqual([true, 0, '']);
      await expectWhole([...before, ...calls()]);
    },
    120_000,
  );

  test('killed after its last write, it leaves what nodes shows as still to do', async () => {
    await sync('prepare');
    writeFileSync(onMachine('/opt/registry/nginx.conf'), '# old\n');
    const writes = 3; // lock, observe, write
    const cut = await sync('prepare', { CUT_AFTER: String(writes) });

    expect(cut.stdout).toBe('wrote /opt/registry/nginx.conf\n');
    expect(differences(estateAt('prepare'))).toEqual([]);
    expect(marks().sort()).toEqual(['recreate%20nginx', 'verify']);
    expect(await rollOut()).toEqual(
      expect.arrayContaining([`registry-vm: ${compose} up -d --no-deps --force-recreate nginx\n`]),
    );
    expect(marks()).toEqual([]);
  });

  test('does nothing while nodes holds the lock, which ends with its connection', async () => {
    const { program, args } = lockCommand({ user: 'root' }, '10.0.20.10');
    const holder = spawn(program, args, { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const refused = await sync('prepare');
    holder.stdin.end();
    await once(holder, 'close');

    expect([refused.code, refused.stderr, differences(estateAt('prepare')).length > 0]).toEqual([
      ...[1, 'another rollout, or a collection of garbage, holds /run/registry-consolidation.lock\n', true],
    ]);
    expect((await sync('prepare')).code).toBe(0);
  });

  test('at decommission removes what the legacy registry had, and neither data nor break-glass', async () => {
    await sync('cutover');
    for (const path of [
      'data/private/blob',
      'breakglass/infra-ci.tar.gz',
      'cleanup-tags.sh',
      'nginx_registry.conf',
    ])
      writeFileSync(onMachine(`/opt/registry/${path}`), 'x');

    const { code, stderr } = await sync('decommission');

    expect([code, stderr]).toEqual([0, '']);
    expect(differences(estateAt('decommission'))).toEqual([]);
    const there = (path: string): boolean => existsSync(onMachine(`/opt/registry/${path}`));
    expect(['data/private/blob', 'breakglass/infra-ci.tar.gz'].filter((path) => !there(path))).toEqual([]);
    expect(
      ['htpasswd', 'tls', 'config-private.yml', 'cleanup-tags.sh', 'nginx_registry.conf'].filter(there),
    ).toEqual([]);
    expect(calls()).toContain(`${compose} up -d --remove-orphans`);
  });

  test('without a secret connects to nothing and names it', async () => {
    const { code, stderr } = await sync('prepare', { REGISTRY_SSH_KNOWN_HOSTS: '' });

    expect(code).not.toBe(0);
    expect(stderr).toContain(
      'REGISTRY_SSH_KNOWN_HOSTS: is empty; add the Woodpecker secret registry_ssh_known_hosts with the value of secret/woodpecker registry_ssh_known_hosts',
    );
    expect(existsSync(join(root, 'remote'))).toBe(false);
  });

  test('fails at a port that does not answer, and names it', async () => {
    const { code, stderr } = await sync('prepare', { DOWN: 'http://10.0.20.10:5030/v2/' });

    expect([code, stderr]).toEqual([1, 'http://10.0.20.10:5030/v2/ answered 502\n']);
    expect(marks()).toEqual(['verify']);
  });

  test("fails while root's crontab has the predecessor's jobs", async () => {
    writeFileSync(
      join(root, 'crontab'),
      '0 3 * * 0 docker exec registry-ghcr registry garbage-collect -m /c.yml\n',
    );

    const { code, stderr } = await sync('prepare');

    expect([code, stderr]).toEqual([
      1,
      '0 3 * * 0 docker exec registry-ghcr registry garbage-collect -m /c.yml\n',
    ]);
  });
});
