import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { Refused } from '../steps/refused';
import { said } from '../terminal/said';
import { unwritable } from '../terminal/unwritable';
import { LeftStopped, onStoppedVolume, type OnStoppedVolumeProps } from './stopped-volume';

export interface VolumeProps extends OnStoppedVolumeProps {
  /** The archive; its SHA-256 lies beside it, as `sha256sum -c` reads it. */
  readonly file: string;
}

/** An archive as it was written. */
export interface Saved {
  readonly bytes: number;
  readonly sha256: string;
}

/** What both scripts end with where the volume is not as they need it. */
const scriptRefused = 3;

/** Forgejo's whole volume as one archive, of one moment: Forgejo is stopped meanwhile, and started again however it ends. */
export async function saveVolume(props: VolumeProps): Promise<Saved> {
  const { file, tell } = props;
  const half = `${file}.partial`;
  if (existsSync(file))
    throw new Refused([`${file}: is there already, got a backup that would be lost; name another`]);
  try {
    writeFileSync(half, '', { mode: 0o600 });
  } catch (error) {
    throw new Refused([unwritable('backup', half, error)]);
  }
  try {
    const mayStart = (error: unknown): boolean => !(error instanceof LeftStopped);
    return await onStoppedVolume(props, mayStart, async (exec) => {
      tell(`reading the volume into ${file}`);
      const through = new PassThrough();
      const [ran, saved] = await Promise.all([
        exec('save', [], { output: through }),
        hashed(through, createWriteStream(half, { mode: 0o600 })),
      ]);
      if (ran.code === scriptRefused)
        throw new LeftStopped(`${file}: was not written, got ${said(ran)}; restore again`);
      const claimed = ran.stderr.trim().split('\n').at(-1) ?? '';
      if (ran.code !== 0 || claimed !== saved.sha256 || saved.bytes === 0)
        throw new Error(
          `${file}: is not what the volume holds, got ${saved.bytes} bytes of SHA-256 ${saved.sha256} and ${said(ran)}; run it again`,
        );
      writeFileSync(`${file}.sha256`, `${saved.sha256}  ${basename(file)}\n`);
      renameSync(half, file);
      return saved;
    });
  } finally {
    rmSync(half, { force: true });
  }
}

/** Fills an empty volume from an archive, and starts Forgejo on it; one that holds more than a cut restore's is refused. */
export async function restoreVolume(props: VolumeProps): Promise<Saved> {
  const { file, tell, estate } = props;
  const { namespace, storage } = estate.forgejo;
  const absent = [file, `${file}.sha256`].filter((each) => !existsSync(each));
  if (absent.length > 0)
    throw new Refused(absent.map((each) => `${each}: no such file, got none; name what "backup" wrote`));
  const [expected = ''] = readFileSync(`${file}.sha256`, 'utf8').split(' ');
  const saved = await hashed(createReadStream(file));
  if (saved.sha256 !== expected)
    throw new Refused([
      `${file}: is not what was saved, got SHA-256 ${saved.sha256}, expected ${expected}; take another backup`,
    ]);
  // On an empty or a half-filled volume Forgejo would begin anew.
  const mayStart = (error: unknown): boolean => error instanceof Refused;
  return onStoppedVolume(props, mayStart, async (exec) => {
    tell(`filling the volume from ${file}`);
    const ran = await exec('load', [saved.sha256], { input: createReadStream(file) });
    if (ran.code === 0) return saved;
    if (ran.code !== scriptRefused)
      throw new LeftStopped(`${file}: was not restored, got ${said(ran)}; run it again`);
    throw new Refused([
      `claim "${namespace}/${storage.claimName}": is not empty, got ${said(ran)}; docs/runbooks/backup-and-restore.md says how to set it aside`,
    ]);
  });
}

/** What passes, counted and hashed, on its way to `into` or to nobody. */
async function hashed(from: Readable, into?: Writable): Promise<Saved> {
  const hash = createHash('sha256');
  let bytes = 0;
  from.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  await (into === undefined ? finished(from) : pipeline(from, into));
  return { bytes, sha256: hash.digest('hex') };
}
