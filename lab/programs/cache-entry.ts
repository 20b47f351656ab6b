import { writeFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tell } from '../process/progress';
import { unpackDebianPackages } from './debian-package';
import { buildGoProgram, goRecipe } from './go-module';
import type { DebianSource, Tool } from './tool';
import { cacheKey } from './tool-cache';
import { tmpdir } from 'node:os';
import { runOk } from '../../terminal/run';

/** Folders with the run-time files of a module, the programs that it loads, and the libraries that it is run with. */
export type ToolFolders = Readonly<Partial<Record<'share' | 'plugins' | 'libraries', string>>>;

/** What the tool cache holds of a program: paths are inside the entry's folder. */
export interface CacheEntry {
  readonly key: string;
  readonly program: string;
  readonly folders: ToolFolders;
  /** How it comes there, for the printed table. */
  readonly origin: string;
  readonly fill: (folder: string) => Promise<void>;
}

/** The cache entry of a tool; undefined where no package registry has it. */
export function cacheEntryOf({ source, program, version }: Tool): CacheEntry | undefined {
  switch (source.kind) {
    case 'unpublished':
      return undefined;
    case 'debian':
      return debianEntry(source, version);
    case 'npm':
      return {
        key: cacheKey(source.package, version, [source.package]),
        program: source.program,
        folders: {},
        origin: `to be unpacked from npm's ${source.package}`,
        fill: (folder) => unpackNpmPackage(source.package, version, folder),
      };
    case 'go':
      return {
        key: cacheKey(program, version, goRecipe(source)),
        program: join('bin', program),
        folders: {
          ...(source.share === undefined ? {} : { share: 'share' }),
          ...(source.plugins === undefined ? {} : { plugins: 'plugins' }),
        },
        origin: `to be built from ${source.module}, about ${source.buildMinutes} min`,
        fill: (folder) => buildGoProgram(program, source, folder),
      };
  }
}

const launcher = 'run';

function debianEntry(source: DebianSource, version: string): CacheEntry {
  const { packages, program, python, libraries } = source;
  const launch = python === true ? pythonLauncher(program) : undefined;
  return {
    key: cacheKey(packages[0], version, launch === undefined ? packages : [...packages, launch]),
    program: launch === undefined ? program : launcher,
    folders: libraries === undefined ? {} : { libraries },
    origin: `to be unpacked from Debian's ${packages[0]}`,
    fill: async (folder) => {
      await unpackDebianPackages(source, version, folder);
      if (launch !== undefined) writeFileSync(join(folder, launcher), launch, { mode: 0o755 });
    },
  };
}

/** Starts a Python program among the modules that were unpacked beside it, wherever the cache lies. */
function pythonLauncher(program: string): string {
  return `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/usr/lib/python3/dist-packages exec /usr/bin/python3 "$root/${program}" "$@"
`;
}

/** Unpacks one version of an npm package into a folder; none of its scripts run. */
async function unpackNpmPackage(name: string, version: string, folder: string): Promise<void> {
  const download = mkdtempSync(join(tmpdir(), 'lab-npm-'));
  try {
    tell(`downloading npm's ${name} (${version})`);
    await runOk('npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--pack-destination', download]);
    mkdirSync(folder, { recursive: true });
    for (const archive of readdirSync(download)) {
      await runOk('tar', ['-xzf', join(download, archive), '--strip-components=1', '-C', folder]);
    }
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}
