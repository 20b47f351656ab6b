import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Kubectl } from '../../backup/stopped-volume';
import { RegistryClient } from '../../clients/oci/client';
import { backup } from '../../commands/backup';
import { restore } from '../../commands/restore';
import type { Estate } from '../../estate/estate';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { run, runOk, type Ran } from '../../terminal/run';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';
import { pushImage, pushIndex } from '../support/push-image';
import { describeLab, itOnOwn } from './describe-lab';

const itOnOwnForge = itOnOwn('forge');

describeLab('backup and restore of the volume', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const applets = mkdtempSync(join(folder, 'bin-'));
  const archive = join(folder, 'forgejo.tar');
  const base = estateAt('prepare');
  const estate: Estate = { ...base, forgejo: { ...base.forgejo, host: 'forge.test' } };
  let lab: Lab<'forge'>;
  let volume: string;
  let client: RegistryClient;
  let login: Record<string, string>;
  let pods: string[] = [];
  let isUp = true;
  /** What the connection does to an `exec`. */
  let cut: (ran: Ran) => Ran = (ran) => ran;
  let sent: Readable | undefined;
  beforeAll(async () => {
    lab = await startLab({ forge: true });
    volume = dirname(lab.forge.packageStorage);
    // The tools of Forgejo's image are busybox's, whose tar knows fewer options.
    const busybox = (await findTool('busybox')).path;
    for (const applet of (await runOk(busybox, ['--list'])).trim().split('\n'))
      symlinkSync(busybox, join(applets, applet));
    const owner = await lab.forge.createUser({ name: 'viktor' });
    const token = await lab.forge.createToken(owner, ['write:package']);
    login = { REG_USER: owner.name, REG_PASS: token };
    client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password: token },
    });
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  /** The cluster: its one Deployment is the forge's process, and a pod's /data its folder. */
  const kubectl: Kubectl = async (args, streams = {}) => {
    const words = args[0] === '-n' ? args.slice(2) : args;
    const answer = (stdout = ''): Ran => ({ code: 0, stdout, stderr: '' });
    if (words[0] === 'scale') {
      const isUpNow = words.at(-1) === '--replicas=1';
      if (isUpNow !== isUp) await (isUpNow ? lab.forge.start() : lab.forge.stop());
      isUp = isUpNow;
    }
    if (words[0] === 'get') return answer(words.includes('-A') ? pods.join('\n') : '');
    if (words[0] !== 'exec') return answer();
    const [program = '', ...rest] = words.slice(words.indexOf('--') + 1);
    return cut(
      await run(
        program,
        rest.map((word) => (word === '/data' ? volume : word)),
        { ...streams, ...(sent && { input: sent }), env: { PATH: applets } },
      ),
    );
  };
  const command = (line: string): Promise<Called> =>
    call([...line.split(' '), ...(line.startsWith('restore') ? ['--forgejo', lab.forge.url] : [])], {
      environment: login,
      verbs: [backup(() => estate, kubectl), restore(() => estate, kubectl)],
    });
  const emptyVolume = async (): Promise<void> => {
    await lab.forge.stop();
    for (const name of readdirSync(volume)) rmSync(join(volume, name), { recursive: true });
    isUp = false;
  };

  itOnOwnForge('what was there comes back whole, what came later is named, damage is gone', async () => {
    await pushIndex(client, 'viktor/app', ['amd64', 'arm64', 'attestation'], 'v1');
    for (const name of ['one', 'two', 'three']) await pushImage(client, `viktor/${name}`, name, 'v1');
    const saved = await command(`backup ${archive}`);
    expect([saved.code, saved.err]).toEqual([
      0,
      expect.stringMatching(/stopping Forgejo …\n.*\nstarting Forgejo/),
    ]);
    await pushImage(client, 'viktor/one', 'later', 'v2');
    await pushImage(client, 'viktor/late', 'late', 'v1');
    rmSync(join(lab.forge.packageStorage, readdirSync(lab.forge.packageStorage)[0] ?? ''), {
      recursive: true,
    });
    pods = ['forge.test/viktor/one:v2', 'forge.test/viktor/late:v1', 'forge.test/viktor/app:v1', 'nginx:1'];

    const refused = await command(`restore ${archive}`);
    expect([refused.code, refused.err, isUp]).toEqual([3, expect.stringContaining('is not empty'), true]);
    await emptyVolume();
    writeFileSync(join(volume, '.registry-restore'), ''); // a restore that was killed
    writeFileSync(join(volume, 'forge.db'), 'half');
    const restored = await command(`restore ${archive}`);

    expect(restored.code).toBe(2);
    expect(
      restored.out.split('\n').filter((line) => line.includes('missing') || line.includes('expected')),
    ).toEqual([
      expect.stringMatching(/^viktor\/late:v1 +missing/),
      expect.stringMatching(/^viktor\/one:v2 +missing/),
      'viktor/late: expected and not listed',
    ]);
    expect(readdirSync(volume)).not.toContain('.registry-restore');
    pods = [];
    rmSync(archive);
    rmSync(`${archive}.sha256`);
    await command(`backup ${archive}`);
    await emptyVolume();
    sent = Readable.from([readFileSync(archive).subarray(0, 100_000)]);
    const half = await command(`restore ${archive}`);
    sent = undefined;
    expect([half.code, half.err, isUp]).toEqual([
      1,
      expect.stringMatching(
        /Forgejo stays stopped(.|\n)*was not restored, got "(.|\n)*what arrived is not what was sent/,
      ),
      false,
    ]);
    const ofHalf = await command(`backup ${join(folder, 'half.tar')}`);
    expect([ofHalf.code, ofHalf.err, isUp]).toEqual([
      1,
      expect.stringContaining('a restore that was cut'),
      false,
    ]);
    expect(await command(`restore ${archive}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining(': healthy, 0 faults in 4'),
    });
  });

  itOnOwnForge('a stream that was cut is no backup, and Forgejo runs again', async () => {
    cut = (ran) => ({ ...ran, stderr: '' });
    const saved = await command(`backup ${join(folder, 'cut.tar')}`);
    cut = (ran) => ran;

    expect([saved.code, saved.err, isUp]).toEqual([
      1,
      expect.stringContaining('is not what the volume holds'),
      true,
    ]);
    expect(readdirSync(folder).filter((name) => name.startsWith('cut'))).toEqual([]);
  });

  itOnOwnForge(
    'a backup is not written over, and one that was changed since is refused before anything stops',
    async () => {
      expect((await command(`backup ${archive}`)).code).toBe(3);
      truncateSync(archive, readFileSync(archive).length - 512);
      expect(await command(`restore ${archive}`)).toMatchObject({
        code: 3,
        err: expect.stringContaining('is not what was saved'),
      });
      expect(isUp).toBe(true);
    },
  );

  test('shellcheck has nothing to say about what runs in the pod', async () => {
    const { path } = await findTool('shellcheck');
    const scripts = ['save', 'load'].map((name) => join(__dirname, '../../backup', `${name}.sh`));
    expect(await run(path, scripts)).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
