import { delimiter, join } from 'node:path';
import { run } from '../../terminal/run';
import { cacheEntryOf, type ToolFolders } from './cache-entry';
import type { Tool } from './tool';
import { cached } from './tool-cache';
import { tools, type ToolName } from './tools';

export interface FoundTool extends ToolFolders {
  readonly name: ToolName;
  readonly path: string;
  /** What the program itself says its version is. */
  readonly version: string;
  readonly from: 'variable' | 'PATH' | 'cache';
}

/** A tool that cannot be had; what depends on it is skipped with this message. */
export class ToolUnavailable extends Error {}

/** The variable that names a tool's program: `LAB_TOOL_KUBE_APISERVER` for "kube-apiserver". */
export function toolVariable(name: ToolName): string {
  return `LAB_TOOL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** What does the same work as a program, and is taken instead of it where the machine has it. */
const equivalents: Partial<Record<ToolName, ToolName>> = {
  gitea: 'forgejo',
  tofu: 'terraform',
  vault: 'bao',
};

/**
 * A program that runs, or what does the same work and is there: from its variable, PATH or the tool cache, in this order;
 * to fill the cache can take minutes. @throws {@link ToolUnavailable} with the reason
 */
export async function findTool(name: ToolName): Promise<FoundTool> {
  const equivalent = equivalents[name];
  const present =
    (equivalent === undefined ? undefined : await findPresentTool(equivalent)) ??
    (await findPresentTool(name));
  if (present !== undefined) return present;
  try {
    return await fromCache(name);
  } catch (error) {
    throw new ToolUnavailable(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What the machine already has of a program, without the cache and without equivalents. */
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
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, tool.program);
    const version = await versionOf(path, tool);
    if (version !== undefined) return { name, path, version, from: 'PATH' };
  }
  return undefined;
}

async function fromCache(name: ToolName): Promise<FoundTool> {
  const tool: Tool = tools[name];
  const entry = cacheEntryOf(tool);
  if (entry === undefined)
    throw new Error(`no package registry has it; put "${tool.program}" on PATH or set ${toolVariable(name)}`);
  const folder = await cached(entry.key, entry.fill);
  const within = (paths: string): string => paths.replaceAll(/[^:]+/g, (path) => join(folder, path));
  const folders = Object.fromEntries(
    Object.entries(entry.folders).map(([kind, paths]) => [kind, within(paths)]),
  ) as ToolFolders;
  const path = join(folder, entry.program);
  const version = await versionOf(path, tool, folders.libraries);
  if (version === undefined) throw new Error(`"${path}" does not run; remove its folder to make it anew`);
  return { name, path, version, from: 'cache', ...folders };
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
