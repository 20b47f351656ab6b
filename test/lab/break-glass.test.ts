import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { breakGlassFiles } from '../../cloud-init/break-glass';
import { contentText } from '../../cloud-init/content';
import { breakGlassImages } from '../../estate/derived/break-glass';
import type { EstateWithVm } from '../../estate/estate';
import type { BreakGlassFacts } from '../../estate/registry-vm';
import { startContainerd, type Containerd } from '../../lab/machines/containerd';
import { freePort } from '../../lab/process/ports';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { run, runOk, type Ran } from '../../terminal/run';
import { estateAt } from '../support/estates';
import { pushImage, pushIndex } from '../support/push-image';
import { stride } from '../support/stride';
import { describeRootLab } from './describe-root-lab';
import { registryLogin, startRegistryWithLogin } from './registry-with-login';

const prepared = estateAt('prepare');
const cutOver: EstateWithVm = {
  ...prepared,
  pipelineImages: prepared.pipelineImages.map((row) => ({ ...row, cutOver: true })),
};
/** What changes something; the script is killed before or after each call of one. */
const watched = ['ctr', 'mv', 'ln', 'cp'];
const name = 'infra-ci';

describeRootLab('what the cluster is repaired with while no registry serves', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'break-glass-'));
  let lab: Lab<'forge' | 'legacyRegistry' | 'pushgateway'>;
  let vm: Containerd;
  let ctr: string;
  let pull: string;
  let forge: RegistryClient;
  let legacyAddress: string;
  let secretOf: Readonly<Record<string, string>>;
  beforeAll(async () => {
    lab = await startLab({ forge: true, legacyRegistry: true, pushgateway: true });
    vm = await startContainerd(lab, { name: 'vm' });
    ctr = (await findTool('ctr')).path;
    const { owner } = prepared.forgejo.packages;
    const user = await lab.forge.createUser({ name: owner, visibility: 'limited' });
    const password = await lab.forge.createToken(user, ['write:package']);
    forge = new RegistryClient({ url: lab.forge.url, credentials: { username: owner, password } });
    const puller = await lab.forge.createUser({ name: prepared.tokens.pull.owner });
    pull = await lab.forge.createToken(puller, ['read:package']);
    legacyAddress = `127.0.0.1:${await freePort()}`;
    const { storage } = lab.legacyRegistry;
    await startRegistryWithLogin(lab, { address: legacyAddress, storage, names: ['127.0.0.1'] });
    const { username, password: phrase } = registryLogin;
    secretOf = { forgejo_pull_token: pull, registry_user: username, registry_password: phrase };
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(scratch, { recursive: true });
  }, 60_000);

  let machine: string;
  let nas: string;
  beforeEach(() => {
    machine = mkdtempSync(join(scratch, 'machine-'));
    nas = join(machine, 'nas');
    mkdirSync(nas);
  });

  /** The files of the VM below the test's folder, dialling the lab's servers; the script's path. */
  const install = (
    estate: EstateWithVm,
    change: Partial<BreakGlassFacts> = {},
    forgeUrl = lab.forge.url,
  ): string => {
    const secondCopy = { name: 'nas', type: 'none', source: nas, options: 'bind' };
    const subject: EstateWithVm = {
      ...estate,
      hosts: { ...estate.hosts, kubernetesApi: '127.0.0.1:6443' },
      pushgateway: { ...estate.pushgateway, nodePort: Number(new URL(lab.pushgateway.url).port) },
      registryVm: {
        ...estate.registryVm,
        folder: join(machine, 'opt'),
        breakGlass: { ...estate.registryVm.breakGlass, secondCopy, ...change },
      },
    };
    for (const { path, mode, content } of breakGlassFiles(subject).filter((file) =>
      file.path.startsWith(machine),
    )) {
      mkdirSync(dirname(path), { recursive: true });
      const text = contentText(content, ({ vault }) => secretOf[vault.key] ?? '')
        .replaceAll(`https://${estate.forgejo.host} `, `${forgeUrl} `)
        .replaceAll(`https://${estate.registryVm.pullName}:5050`, `https://${legacyAddress}`);
      writeFileSync(path, text, { mode: parseInt(mode, 8) });
    }
    return join(machine, 'opt/break-glass.sh');
  };
  const environment = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
    PATH: `${join(machine, 'bin')}:${dirname(ctr)}:${process.env['PATH'] ?? ''}`,
    CONTAINERD_ADDRESS: vm.socket,
    SSL_CERT_FILE: lab.authority.caFile,
    ...env,
  });
  const save = async (script: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
    const ran = await run(script, [], { env: environment(env) });
    // ctr's progress, ended while it looks at a fetch that is whole, says so.
    return { ...ran, stderr: ran.stderr.replace(/^.*level=error .*error="context canceled"\n/gmu, '') };
  };
  const saved = (...path: readonly string[]): string => join(machine, 'opt/breakglass', name, ...path);
  const archives = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((each) => /^[0-9a-f]{12}\.tar$/.test(each))
          .sort()
      : [];
  const push = (estate: EstateWithVm, seed: string): Promise<string> =>
    estate === cutOver
      ? pushImage(forge, `${prepared.forgejo.packages.owner}/${name}`, seed, 'latest')
      : pushImage(new RegistryClient({ url: lab.legacyRegistry.url }), name, seed, 'latest');
  const archiveOf = (digest: string): string => `${digest.slice('sha256:'.length).slice(0, 12)}.tar`;
  /** Whether what `latest.tar` leads to is an archive that nobody cut: its sum, and every blob in it. */
  const isWhole = async (folder: string): Promise<boolean> => {
    const archive = readlinkSync(join(folder, 'latest.tar'));
    const sum = await run('sha256sum', ['--check', '--status', `${archive}.sha256`], { cwd: folder });
    return sum.code === 0;
  };
  const verifiedAt = async (copy: string): Promise<number> => {
    const pattern = new RegExp(
      `^break_glass_verified_timestamp_seconds\\{copy="${copy}",image="${name}"[^}]*\\} (\\S+)$`,
      'm',
    );
    return Number(pattern.exec(await lab.pushgateway.metrics())?.[1] ?? 0);
  };

  it.each([
    ['the legacy registry', prepared],
    ['Forgejo', cutOver],
  ])(
    'saves the image of %s in both places, and a node takes it under the name that pipelines use',
    async (_, estate) => {
      const seed = randomBytes(40_000).toString('hex');
      const digest = await push(estate, seed);
      const before = Math.floor(Date.now() / 1000);
      const script = install(estate);

      const { code, stderr } = await save(script);

      expect([code, stderr]).toEqual([0, '']);
      for (const folder of [saved(), join(nas, name)]) {
        expect(archives(folder)).toEqual([archiveOf(digest)]);
        expect(await isWhole(folder)).toBe(true);
      }
      const forDocker = await runOk('tar', ['-xOf', saved('latest.tar'), 'manifest.json']);
      expect(forDocker).toContain('infra-ci:break-glass"');
      for (const copy of ['vm', 'nas']) expect(await verifiedAt(copy)).toBeGreaterThanOrEqual(before);
      for (const major of [1, 2] as const) {
        const node = await startContainerd(lab, {
          name: `node-${major}-${estate === cutOver ? 'f' : 'l'}`,
          major,
        });
        const onNode = (...args: string[]): Promise<string> =>
          runOk(ctr, ['--address', node.socket, '--namespace', 'k8s.io', ...args]);
        await onNode('images', 'import', join(nas, name, 'latest.tar'));
        const [{ reference } = { reference: '' }] = breakGlassImages(estate);
        for (const each of [reference, `${reference.replace(/:[^:/]+$/, '')}:break-glass`]) {
          const target = mkdtempSync(join(scratch, 'mount-'));
          expect(await onNode('images', 'check', `name==${each}`)).toContain('complete (2/2)');
          await onNode('images', 'mount', each, target);
          const content = readFileSync(join(target, 'seed'), 'utf8');
          await onNode('images', 'unmount', '--rm', target);
          expect(content).toBe(seed);
        }
      }
    },
  );

  it('tells nobody its login, and leaves nothing mounted', async () => {
    await push(cutOver, 'quiet');
    const { stdout, stderr } = await save(install(cutOver));

    expect(stdout + stderr).not.toContain(pull);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(nas);
  });

  it('saves what is there already no second time, but looks at it, and tells so', async () => {
    await push(cutOver, 'twice');
    const script = install(cutOver);
    await save(script);
    const [archive = ''] = archives(saved());
    utimesSync(saved(archive), 1, 1);
    const inode = (await runOk('stat', ['-c', '%i', saved(archive)])).trim();

    const { code, stdout } = await save(script);

    expect([code, (await runOk('stat', ['-c', '%i', saved(archive)])).trim()]).toEqual([0, inode]);
    expect(stdout.match(/ is whole: sha256:/g)).toHaveLength(2);
    expect((await runOk('stat', ['-c', '%Y', saved(archive)])).trim()).not.toBe('1');
  });

  it('saves one platform of an index', async () => {
    const digest = await pushIndex(
      forge,
      `${prepared.forgejo.packages.owner}/${name}`,
      ['amd64', 'arm64'],
      'latest',
    );

    const { code, stderr } = await save(install(cutOver));

    expect([code, stderr, archives(saved())]).toEqual([0, '', [archiveOf(digest)]]);
  });

  it('keeps the newest of each place, and whatever else lies there', async () => {
    const script = install(cutOver, { keep: 2 });
    const digests = [];
    for (const seed of ['one', 'two', 'three']) {
      digests.push(await push(cutOver, seed));
      await save(script);
      writeFileSync(saved('..', 'by-hand.tar.gz'), 'x');
    }
    const newest = digests.slice(1).map(archiveOf).sort();

    for (const folder of [saved(), join(nas, name)]) expect(archives(folder)).toEqual(newest);
    expect(existsSync(saved('..', 'by-hand.tar.gz'))).toBe(true);
    // What is built again, or stepped back to, is the newest.
    await push(cutOver, 'two');
    await save(script);
    expect(readlinkSync(saved('latest.tar'))).toBe(archiveOf(digests[1] ?? ''));
  });

  it('a clock that went back does not make the newest the oldest', async () => {
    const script = install(cutOver, { keep: 1 });
    await push(cutOver, 'tomorrow');
    await save(script);
    for (const folder of [saved(), join(nas, name)])
      utimesSync(join(folder, archives(folder)[0] ?? ''), Date.now() / 1000 + 1e6, Date.now() / 1000 + 1e6);
    const digest = await push(cutOver, 'today');

    const { code, stderr } = await save(script);

    expect([code, stderr]).toEqual([0, '']);
    for (const folder of [saved(), join(nas, name)]) {
      expect(archives(folder)).toContain(archiveOf(digest));
      expect(await isWhole(folder)).toBe(true);
    }
  });

  it.each([
    [
      'cut',
      (path: string) => {
        truncateSync(path, 3000);
      },
    ],
    [
      'damaged',
      (path: string) => {
        writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, -1), Buffer.of(7)]));
      },
    ],
    [
      'gone',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'without its sum',
      (path: string) => {
        rmSync(`${path}.sha256`);
      },
    ],
  ] as const)('an archive that is %s is made anew, in either place', async (_, harm) => {
    await push(cutOver, 'harmed');
    const script = install(cutOver);
    await save(script);
    const [archive = ''] = archives(saved());
    for (const folder of [saved(), join(nas, name)]) {
      harm(join(folder, archive));
      const { code, stderr } = await save(script);
      expect([code, stderr, await isWhole(folder)]).toEqual([0, '', true]);
    }
  });

  /** One good archive, then a run with a newer image that must fail and keep it; answers what it said. */
  const failsWithout = async (
    fail: (script: string) => Promise<Ran>,
    change: Partial<BreakGlassFacts> = {},
  ): Promise<Ran> => {
    const digest = await push(cutOver, randomBytes(8).toString('hex'));
    await save(install(cutOver));
    await push(cutOver, randomBytes(300_000).toString('hex'));
    const ran = await fail(install(cutOver, change));
    for (const folder of [saved(), join(nas, name)]) {
      expect(archives(folder)).toContain(archiveOf(digest));
      expect(await isWhole(folder)).toBe(true);
    }
    expect(ran.code).not.toBe(0);
    return ran;
  };

  it('a full disk costs nothing that was saved', async () => {
    const { stderr } = await failsWithout((script) =>
      run(
        'unshare',
        [
          ...['--mount', '--propagation', 'private', 'sh', '-c'],
          'cp -a "$1" "$1.before" && mount -t tmpfs -o size=200k none "$1" && cp -a "$1.before/." "$1" || exit 9; "$2"; code=$?; rm -rf "$1.before"; cp -a "$1" "$1.after"; exit $code',
          ...['sh', join(machine, 'opt/breakglass'), script],
        ],
        { env: environment() },
      ).then((ran) => {
        // What the full disk held, in the place of what lay under it.
        rmSync(join(machine, 'opt/breakglass'), { recursive: true });
        cpSync(join(machine, 'opt/breakglass.after'), join(machine, 'opt/breakglass'), {
          ...{ recursive: true, verbatimSymlinks: true },
        });
        return ran;
      }),
    );

    expect(stderr).toContain('cannot be saved whole');
    expect(readdirSync(saved()).filter((each) => each.startsWith('.partial'))).toEqual([]);
  });

  it('a second place that is full costs nothing that was saved, and the first is told of', async () => {
    const before = await verifiedAt('nas');
    const secondCopy = { name: 'nas', type: 'tmpfs', source: 'none', options: 'size=100k' };
    await failsWithout((script) => save(script), { secondCopy });

    expect(await verifiedAt('vm')).toBeGreaterThan(0);
    expect(archives(saved())).toHaveLength(2);
    expect(await verifiedAt('nas')).toBeGreaterThanOrEqual(before);
  });

  it('a second place that is away is said, and the first is saved all the same', async () => {
    const secondCopy = { name: 'nas', type: 'none', source: '/nowhere/at/all', options: 'bind' };
    const { stderr } = await failsWithout((script) => save(script), { secondCopy });

    expect(stderr).toContain('nas cannot be mounted');
    expect(stderr).toContain('infra-ci: nas is away, so it has no new copy');
    expect(archives(saved())).toHaveLength(2);
    expect(readdirSync('/run/break-glass')).toEqual([]);
  });

  it('a registry that is away, or has no such image, costs nothing that was saved', async () => {
    const away = await failsWithout(() => save(install(cutOver, {}, 'http://127.0.0.1:1')));
    expect(away.stderr).toContain('infra-ci:latest: cannot be fetched; what was saved before stays');
    const missing = await failsWithout(() => {
      const script = install(cutOver);
      const conf = join(machine, 'opt/break-glass.conf');
      writeFileSync(conf, readFileSync(conf, 'utf8').replace('infra-ci:latest', 'infra-ci:none'));
      return save(script);
    });
    expect(missing.stderr).toContain('not found');
  });

  it('what containerd holds damaged is not saved, and is fetched anew by the next run', async () => {
    const digest = await push(cutOver, randomBytes(2000).toString('hex'));
    const script = install(cutOver);
    await save(script);
    rmSync(saved(), { recursive: true });
    const { body } = await forge.getManifest(`${prepared.forgejo.packages.owner}/${name}`, digest);
    const { layers } = JSON.parse(body.toString('utf8')) as { layers: readonly { digest: string }[] };
    const hash = layers[0]?.digest.slice('sha256:'.length) ?? '';
    const blob = join(dirname(vm.socket), 'root/io.containerd.content.v1.content/blobs/sha256', hash);
    const content = readFileSync(blob);
    content[600] = (content[600] ?? 0) ^ 1;
    writeFileSync(blob, content, { mode: 0o644 });

    const damaged = await save(script);
    expect([damaged.code, archives(saved())]).toEqual([1, []]);
    expect(damaged.stderr).toContain('cannot be saved whole');
    const { code, stderr } = await save(script);
    expect([code, stderr, await isWhole(saved())]).toEqual([0, '', true]);
  });

  it('a second run does nothing while one goes on', async () => {
    const script = install(cutOver);
    await push(cutOver, 'locked');
    await save(script);
    const holder = spawn('flock', [saved('..', '.lock'), 'sh', '-c', 'echo held; cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const { code, stderr } = await save(script);
    holder.stdin.end();
    await once(holder, 'close');

    expect([code, stderr]).toEqual([1, 'break-glass: another run goes on\n']);
    expect((await save(script)).code).toBe(0);
  });

  it('killed at any step it leaves an archive that is whole, and the next run ends its work', async () => {
    const count = join(machine, 'count');
    mkdirSync(join(machine, 'bin'));
    for (const program of watched) {
      const real = program === 'ctr' ? ctr : `/usr/bin/${program}`;
      const text = `#!/bin/sh
echo x >>"${count}"
[ "$(wc -l <"${count}")" != "$KILL_AT" ] || { [ "$KILL" = before ] || "${real}" "$@"; kill -9 $PPID; exit 1; }
exec "${real}" "$@"
`;
      writeFileSync(join(machine, 'bin', program), text, { mode: 0o755 });
    }
    const script = install(cutOver, { keep: 1 });
    const never = { KILL_AT: '0', KILL: 'before' };
    await push(cutOver, 'first');
    expect((await save(script, never)).code).toBe(0);
    let calls = 0;
    for (let at = 1; calls >= at - stride; at += stride) {
      await push(cutOver, `killed ${at}`);
      writeFileSync(count, '');
      await save(script, { KILL_AT: String(at), KILL: at % 2 === 0 ? 'before' : 'after' });
      calls = readFileSync(count, 'utf8').length / 2;
      for (const folder of [saved(), join(nas, name)])
        expect([at, await isWhole(folder)]).toEqual([at, true]);
    }
    expect(calls).toBeGreaterThan(10);
    const digest = await push(cutOver, 'last');
    expect((await save(script, never)).code).toBe(0);
    for (const folder of [saved(), join(nas, name)]) {
      expect(archives(folder)).toEqual([archiveOf(digest)]);
      expect(readdirSync(folder).filter((each) => each.startsWith('.'))).toEqual([]);
    }
  }, 600_000);
});
