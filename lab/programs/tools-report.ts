import { cacheEntryOf } from './cache-entry';
import { findPresentTool, findTool } from './find-tool';
import { exit, type ExitCode } from '../../terminal/exit-codes';
import { renderTable } from '../../terminal/table';
import { isCached } from './tool-cache';
import { tools, type ToolName } from './tools';

/** Prints where each program comes from, getting none. */
export async function printTools(): Promise<ExitCode> {
  const names = Object.keys(tools) as ToolName[];
  const rows = await Promise.all(
    names.map(async (name) => [name, tools[name].version, await whereabouts(name)]),
  );
  process.stdout.write(renderTable(['tool', 'tested with', 'where'], rows));
  return exit.done;
}

/** Gets the named tools or their equivalents now, building what must be built. */
export async function buildTools(wanted: readonly ToolName[]): Promise<ExitCode> {
  let code: ExitCode = exit.done;
  for (const name of wanted) {
    try {
      const found = await findTool(name);
      process.stdout.write(`${found.name} ${found.version}: ${found.path}\n`);
    } catch (error) {
      process.stdout.write(`unavailable: ${error instanceof Error ? error.message : String(error)}\n`);
      code = exit.failed;
    }
  }
  return code;
}

async function whereabouts(name: ToolName): Promise<string> {
  try {
    const present = await findPresentTool(name);
    if (present !== undefined) return `${present.from}: ${present.path} (${present.version})`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const entry = cacheEntryOf(tools[name]);
  if (entry === undefined) return 'none: no package registry has it';
  return isCached(entry.key) ? 'cache' : entry.origin;
}
