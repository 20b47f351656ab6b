import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runOk } from '../../terminal/run';

export interface OciImageProps {
  /** The reference that it is imported under. */
  readonly name: string;
  /** The folder that becomes its file system, owned by root whoever owns it here. */
  readonly rootFolder: string;
  readonly env?: readonly string[];
  readonly command: readonly string[];
  readonly archive: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes an image of one layer as an archive of an OCI image layout, which `ctr images import` reads.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 */
export async function writeOciImage(props: OciImageProps): Promise<void> {
  const { name, rootFolder, env = [], command, archive } = props;
  const layout = mkdtempSync(join(tmpdir(), 'lab-image-'));
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const add = async (mediaType: string, file: string): Promise<Descriptor> => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    const hex = hash.digest('hex');
    const { size } = statSync(file);
    renameSync(file, join(blobs, hex));
    return { mediaType, digest: `sha256:${hex}`, size };
  };
  const addJson = async (mediaType: string, content: object): Promise<Descriptor> => {
    const file = join(layout, 'next.json');
    writeFileSync(file, JSON.stringify(content));
    return add(mediaType, file);
  };
  try {
    const layerFile = join(layout, 'layer.tar');
    await runOk('tar', [
      ...['-c', '-f', layerFile, '-C', rootFolder, '--sort=name', '--mtime=@0'],
      ...['--owner=0', '--group=0', '--numeric-owner', '.'],
    ]);
    const layer = await add('application/vnd.oci.image.layer.v1.tar', layerFile);
    const config = await addJson('application/vnd.oci.image.config.v1+json', {
      architecture: 'amd64',
      os: 'linux',
      config: { Env: env, Cmd: command },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    });
    const manifest = await addJson('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [layer],
    });
    const annotations = { 'io.containerd.image.name': name };
    writeFileSync(
      join(layout, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
    );
    writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await runOk('tar', ['-c', '-f', `${archive}.half`, '-C', layout, '.']);
    renameSync(`${archive}.half`, archive);
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

/** Copies a program into a root folder, with every shared library that it loads, each at its own path. */
export async function copyProgram(program: string, rootFolder: string, path: string): Promise<void> {
  const put = (from: string, to: string): void => {
    mkdirSync(join(rootFolder, to, '..'), { recursive: true });
    copyFileSync(from, join(rootFolder, to));
  };
  put(program, path);
  const loaded = await runOk('ldd', [program]).catch(() => ''); // a static program loads nothing
  for (const [, library = ''] of loaded.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) put(library, library);
}
