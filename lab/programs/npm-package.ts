import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../process/progress';
import { runOk } from '../../terminal/run';

/** Unpacks one version of an npm package into a folder; none of its scripts run. */
export async function unpackNpmPackage(
  name: string,
  version: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  const download = mkdtempSync(join(tmpdir(), 'lab-npm-'));
  try {
    progress(`downloading npm's ${name} (${version})`);
    await runOk('npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--pack-destination', download]);
    mkdirSync(folder, { recursive: true });
    for (const archive of readdirSync(download)) {
      await runOk('tar', ['-xzf', join(download, archive), '--strip-components=1', '-C', folder]);
    }
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}
