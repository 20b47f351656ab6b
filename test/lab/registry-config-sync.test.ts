import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { contentText } from '../../cloud-init/content';
import { registryVm } from '../../cloud-init/registry-vm';
import type { ThisEstate } from '../../estate';
import type { Phase } from '../../estate/phases';
import { run, type Ran } from '../../terminal/run';
import { registryVmTree } from '../../trees/registry-vm';
import { estateAt } from '../support/estates';
import { describeRootLab } from './describe-root-lab';

/** Folders of the machine; each run sees them at these paths, in a mount namespace that ends with it. */
const mounted = ['/opt', '/etc/cron.d', '/etc/systemd/system'];
const secretOf = (key: string): string => `it's ${key}: "a" $b\nsecond line`;
const secrets = [
  ...['registry_ssh_key', 'registry_ssh_known_hosts', 'dockerhub_registry_password'],
  ...['registry_htpasswd', 'registry_tls_certificate', 'registry_tls_key'],
];

/** Programs of the machine and of the pipeline's image; each says that it was called. */
const programs = {
  // The last argument is the command; after $CUT_AFTER of them the line is cut.
  ssh: `for command; do :; done
echo call >>"$WORK/remote"
if [ "$(wc -l <"$WORK/remote")" -gt "$CUT_AFTER" ]; then echo "connection lost" >&2; exit 255; fi
exec sh -c "$command"`,
  docker: 'echo "docker $*" >>"$WORK/calls"',
  systemctl: 'echo "systemctl $*" >>"$WORK/calls"',
  crontab: 'cat "$WORK/crontab" 2>/dev/null',
  curl: 'for url; do :; done\ncase $url in "$DOWN") printf 502 ;; *5050*) printf 401 ;; *) printf 200 ;; esac',
};

describeRootLab('the sync of the registry VM', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'registry-sync-'));
    for (const folder of mounted) mkdirSync(join(root, 'machine', folder), { recursive: true });
    mkdirSync(join(root, 'bin'));
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  });
  afterEach(() => {
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
    const binds = mounted.map((folder) => `mount --bind '${root}/machine${folder}' ${folder}`).join(' && ');
    return run('unshare', ['--mount', 'sh', '-c', `${binds} && exec sh modules/docker-registry/sync.sh`], {
      cwd: join(root, 'tree'),
      env: {
        PATH: `${root}/bin:${process.env['PATH'] ?? ''}`,
        WORK: root,
        CUT_AFTER: '100000',
        DOWN: 'none',
        ...Object.fromEntries(secrets.map((key) => [key.toUpperCase(), secretOf(key)])),
        ...env,
      },
    });
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

  test.each([1, 20, 33, 36])('cut off after %i steps is finished by the next run', async (cutAfter) => {
    const cut = await sync('prepare', { CUT_AFTER: String(cutAfter) });
    const before = calls();
    const next = await sync('prepare');

    expect(cut.code).not.toBe(0);
    expect([next.code, next.stderr]).toEqual([0, '']);
    expect(differences(estateAt('prepare'))).toEqual([]);
    const done = new Set([...before, ...calls()]);
    await sync('prepare');
    expect(calls()).toEqual([]);
    expect(done).toContain(`${compose} up -d --remove-orphans`);
    expect(done).toContain('systemctl daemon-reload');
    expect(done).toContain(`${compose} up -d --no-deps --force-recreate nginx`);
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

    expect([code, stderr]).toEqual([1, 'http://10.0.20.10:5030/v2/: answers 502 instead of 200\n']);
  });

  test("fails while root's crontab has the predecessor's jobs", async () => {
    writeFileSync(
      join(root, 'crontab'),
      '0 3 * * 0 docker exec registry-ghcr registry garbage-collect -m /c.yml\n',
    );

    const { code, stderr } = await sync('prepare');

    expect([code, stderr]).toEqual([
      1,
      "root's crontab still runs what /etc/cron.d replaces; remove these lines\n",
    ]);
  });
});
