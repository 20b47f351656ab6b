import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DebianSource } from './tool';
import { tell } from '../process/progress';
import { run, runOk } from '../../terminal/run';

/** Unpacks Debian packages into a folder, installing nothing. Debian's candidate must be the upstream version wanted. */
export async function unpackDebianPackages(
  { packages, withDependencies }: Pick<DebianSource, 'packages' | 'withDependencies'>,
  version: string,
  folder: string,
): Promise<void> {
  const [main] = packages;
  const candidate = await candidateOf(main);
  if (version !== 'any' && upstreamVersion(candidate) !== version) {
    throw new Error(
      `debian package "${main}": the lab is tested with version "${version}", got "${candidate}"; ` +
        `put the tested program on PATH or change its version in lab/programs/tools.ts`,
    );
  }
  const download = mkdtempSync(join(tmpdir(), 'lab-deb-'));
  try {
    tell(`downloading Debian's ${packages.join(', ')} (${candidate})`);
    const wanted = withDependencies === true ? await lacking(packages) : packages;
    await runOk('apt-get', ['download', ...wanted], { cwd: download });
    mkdirSync(folder, { recursive: true });
    for (const archive of readdirSync(download)) await runOk('dpkg', ['-x', join(download, archive), folder]);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

/** The packages and all that they need, without what the machine has; apt says which, and installs nothing. */
async function lacking(packages: readonly string[]): Promise<readonly string[]> {
  const simulate = ['install', '--simulate', '--no-install-recommends', ...packages];
  const stdout = await runOk('apt-get', simulate, { env: { ...process.env, LC_ALL: 'C' } });
  return [...new Set([...packages, ...[...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name)])];
}

/** The upstream part of a Debian version: no epoch, no revision, no "+ds" or "~ds1" repacking mark. */
export function upstreamVersion(debianVersion: string): string {
  return debianVersion
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~](ds|dfsg)\d*$/, '');
}

/** The version that apt would install, after one update of its lists when it knows none. */
async function candidateOf(name: string): Promise<string> {
  const known = await policyOf(name);
  if (known !== undefined) return known;
  tell(`updating the package lists: apt knows no "${name}" yet`);
  const update = await run('apt-get', ['update']);
  const found = await policyOf(name);
  if (found !== undefined) return found;
  const reason =
    update.code === 0 ? 'Debian has no such package' : 'apt-get update failed; run it as root first';
  throw new Error(`debian package "${name}": no version is available; ${reason}`);
}

async function policyOf(name: string): Promise<string | undefined> {
  const { stdout } = await run('apt-cache', ['policy', name], { env: { ...process.env, LC_ALL: 'C' } });
  const candidate = /^ {2}Candidate: (.+)$/m.exec(stdout)?.[1];
  return candidate === '(none)' ? undefined : candidate;
}
