import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs } from '../../estate/programs';
import { findTool } from '../programs/find-tool';
import { copyProgram, writeOciImage } from './oci-image';
import { cached, cacheKey } from '../programs/tool-cache';

/** What every pod's own container runs; the name that containerd is told to look for. */
export const pauseImage = 'registry.k8s.io/pause:3.10';

/** Archives of the CronJobs' image, with the very Node of its tag, and of the pause image; made once of local programs. */
export async function podImages(): Promise<readonly string[]> {
  const node = await findTool('node');
  const busybox = await findTool('busybox');
  const folder = await cached(
    cacheKey('pod-images', node.version, [programs.image, pauseImage, busybox.version, '1']),
    async (half) => {
      await makeImage(half, 'node', programs.image, ['node'], async (root) => {
        await copyProgram(node.path, root, 'usr/local/bin/node');
        mkdirSync(join(root, 'etc'), { recursive: true });
        writeFileSync(
          join(root, 'etc/passwd'),
          'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
        );
        writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
        mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
      });
      await makeImage(half, 'pause', pauseImage, ['/busybox', 'sleep', 'infinity'], (root) =>
        copyProgram(busybox.path, root, 'busybox'),
      );
    },
  );
  return ['node', 'pause'].map((name) => join(folder, `${name}.tar`));
}

async function makeImage(
  folder: string,
  file: string,
  name: string,
  command: readonly string[],
  fill: (root: string) => Promise<void>,
): Promise<void> {
  const rootFolder = mkdtempSync(join(tmpdir(), 'lab-root-'));
  try {
    await fill(rootFolder);
    const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    await writeOciImage({ name, rootFolder, env, command, archive: join(folder, `${file}.tar`) });
  } finally {
    rmSync(rootFolder, { recursive: true, force: true });
  }
}
