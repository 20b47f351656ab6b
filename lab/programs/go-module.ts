import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tell } from '../process/progress';
import { sayingHowLong } from '../../terminal/progress';
import { run, runOk } from '../../terminal/run';
import type { GoSource } from './tool';

const recipes = join(__dirname, '../tools');

/** Everything that decides what a build makes: the cache key is taken from it. */
export function goRecipe(source: GoSource): readonly string[] {
  const read = (file: string): string => readFileSync(join(recipes, source.folder, file), 'utf8');
  const plugins = Object.entries(source.plugins ?? {}).flat();
  return [read('go.mod'), read('go.sum'), ...buildArguments(source), ...plugins, ...(source.share ?? [])];
}

/** Builds a program into `<folder>/bin`, its plugins into `plugins`, what it reads into `share`; at the lowest priority. */
export async function buildGoProgram(program: string, source: GoSource, folder: string): Promise<void> {
  const cwd = join(recipes, source.folder);
  const env = { ...process.env, GOFLAGS: '-mod=readonly', CGO_ENABLED: source.cgo === true ? '1' : '0' };
  const versions = await run('go', ['version'], { env }).catch(() => undefined);
  if (versions?.code !== 0)
    throw new Error(`"${program}": building it needs go on PATH, got none; install Go 1.26`);

  tell(`building ${program} (${source.module}; about ${source.buildMinutes} min from an empty Go cache)`);
  const started = Date.now();
  await sayingHowLong(`building ${program}`, tell, async () => {
    const outputs = [
      [join(folder, 'bin', program), source.package] as const,
      ...Object.entries(source.plugins ?? {}).map(
        ([name, main]) => [join(folder, 'plugins', name), main] as const,
      ),
    ];
    for (const [output, main] of outputs) {
      const build = ['nice', '-n', '19', 'go', 'build', '-o', output];
      const told = buildArguments({ ...source, package: main });
      await runOk('setpriv', ['--pdeathsig', 'TERM', '--', ...build, ...told], { cwd, env });
    }
  });
  if (source.share !== undefined) {
    const module = await goModuleFolder(source);
    for (const name of source.share) {
      const copy = join(folder, 'share', name);
      mkdirSync(dirname(copy), { recursive: true });
      // Go keeps its module cache read-only; the copy must be removable.
      await runOk('cp', ['-r', '--no-preserve=mode', join(module, name), copy]);
    }
  }
  tell(`built ${program} in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** The folder of a module in Go's own cache, downloaded when it is not there. Read-only. */
export async function goModuleFolder(source: Pick<GoSource, 'folder' | 'module'>): Promise<string> {
  const { folder, module } = source;
  const options = { cwd: join(recipes, folder), env: { ...process.env, GOFLAGS: '-mod=readonly' } };
  await runOk('go', ['mod', 'download', module], options);
  return (await runOk('go', ['list', '-m', '-f', '{{.Dir}}', module], options)).trim();
}

function buildArguments({ tags = [], linkVariables = [], package: main }: GoSource): readonly string[] {
  const link = ['-s', '-w', ...linkVariables.map((variable) => `-X ${variable}`)].join(' ');
  return ['-p', '2', '-trimpath', '-buildvcs=false', '-tags', tags.join(','), '-ldflags', link, main];
}
