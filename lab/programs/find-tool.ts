import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-package';
import { buildGoProgram, goRecipe } from './go-module';
import { stderrProgress, type Progress } from '../process/progress';
import { unpackNpmPackage } from './npm-package';
import { run } from '../../terminal/run';
import { cacheKey, cached } from './tool-cache';
import { tools, type Tool, type ToolName } from './tools';

/** A program that was seen to run. */
export interface FoundTool {
  readonly name: ToolName;
  readonly path: string;
  /** What the program itself says its version is. */
  readonly version: string;
  readonly from: 'variable' | 'PATH' | 'cache';
  /** The folder with the module's run-time files, for programs that were built here. */
  readonly share?: string;
  /** The folder with the programs that it loads, for programs that were built here. */
  readonly plugins?: string;
  /** The folder of libraries that it is run with (`LD_LIBRARY_PATH`), for programs that need some of their own. */
  readonly libraries?: string;
}

/** A tool that cannot be had; what depends on it is skipped with this message. */
export class ToolUnavailable extends Error {}

/** The variable that names a tool's program: `LAB_TOOL_KUBE_APISERVER` for "kube-apiserver". */
export function toolVariable(name: ToolName): string {
  return `LAB_TOOL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * A program that runs, from its variable, PATH or the tool cache, in this order; the cache is
 * filled first when it must be, which can take minutes.
 * @throws {@link ToolUnavailable} with the reason
 */
export async function findTool(name: ToolName, progress: Progress = stderrProgress): Promise<FoundTool> {
  const present = await findPresentTool(name);
  if (present !== undefined) return present;
  const tool: Tool = tools[name];
  try {
    return await fromCache(name, tool, progress);
  } catch (error) {
    throw new ToolUnavailable(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What does the work of a program, and is taken instead of it where the machine has it. */
const equivalents: Partial<Record<ToolName, ToolName>> = {
  gitea: 'forgejo',
  tofu: 'terraform',
  vault: 'bao',
};

/** As {@link findTool}, for what does the same work: Forgejo rather than Gitea, Terraform rather than OpenTofu. */
export async function findEquivalent(
  name: ToolName,
  progress: Progress = stderrProgress,
): Promise<FoundTool> {
  const other = equivalents[name];
  const present = other === undefined ? undefined : await findPresentTool(other);
  return present ?? findTool(name, progress);
}

/** As {@link findTool}, without the cache: what the machine already has, or undefined. */
export async function findPresentTool(name: ToolName): Promise<FoundTool | undefined> {
  const tool: Tool = tools[name];
  const variable = toolVariable(name);
  const explicit = process.env[variable];
  if (explicit !== undefined && explicit !== '') {
    const version = await versionOf(explicit, tool);
    if (version !== undefined) return { name, path: explicit, version, from: 'variable' };
    throw new ToolUnavailable(
      `${name}: ${variable} names a program that does not print a version of ${tool.program}, ` +
        `got "${explicit}"; correct it or unset it`,
    );
  }
  for (const path of onPath(tool.program)) {
    const version = await versionOf(path, tool);
    if (version !== undefined) return { name, path, version, from: 'PATH' };
  }
  return undefined;
}

async function fromCache(name: ToolName, tool: Tool, progress: Progress): Promise<FoundTool> {
  const { source, program, version } = tool;
  switch (source.kind) {
    case 'unpublished':
      throw new Error(`no package registry has it; put "${program}" on PATH or set ${toolVariable(name)}`);
    case 'debian': {
      const isPython = source.python === true;
      const recipe = [...source.packages, ...(isPython ? [pythonLauncher(source.program)] : [])];
      const key = cacheKey(source.packages[0], version, recipe);
      const folder = await cached(key, async (half) => {
        await unpackDebianPackages(source.packages, version, half, progress);
        if (isPython) writeFileSync(join(half, launcher), pythonLauncher(source.program), { mode: 0o755 });
      });
      const libraries = source.libraries === undefined ? undefined : join(folder, source.libraries);
      return checked(name, tool, join(folder, isPython ? launcher : source.program), libraries);
    }
    case 'npm': {
      const key = cacheKey(source.package, version, [source.package]);
      const folder = await cached(key, (half) => unpackNpmPackage(source.package, version, half, progress));
      return checked(name, tool, join(folder, source.program));
    }
    case 'go': {
      const key = cacheKey(program, version, goRecipe(source));
      const folder = await cached(key, (half) => buildGoProgram(program, source, half, progress));
      return {
        ...(await checked(name, tool, join(folder, 'bin', program))),
        ...(source.share === undefined ? {} : { share: join(folder, 'share') }),
        ...(source.plugins === undefined ? {} : { plugins: join(folder, 'plugins') }),
      };
    }
  }
}

const launcher = 'run';

/** Starts a Python program among the modules that were unpacked beside it, wherever the cache lies. */
function pythonLauncher(program: string): string {
  return `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/usr/lib/python3/dist-packages exec /usr/bin/python3 "$root/${program}" "$@"
`;
}

async function checked(name: ToolName, tool: Tool, path: string, libraries?: string): Promise<FoundTool> {
  const version = await versionOf(path, tool, libraries);
  if (version === undefined) throw new Error(`"${path}" does not run; remove its folder to make it anew`);
  return { name, path, version, from: 'cache', ...(libraries === undefined ? {} : { libraries }) };
}

/** What a program says its version is; undefined when it does not run or says something else. */
async function versionOf(path: string, tool: Tool, libraries?: string): Promise<string | undefined> {
  const env = {
    PATH: process.env['PATH'],
    ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
  };
  const ran = await run(path, tool.versionArguments, { env }).catch(() => undefined);
  if (ran?.code !== 0) return undefined;
  const printed = tool.versionPattern.exec(`${ran.stdout}\n${ran.stderr}`);
  return printed === null ? undefined : (printed[1] ?? tool.version);
}

function onPath(program: string): readonly string[] {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
