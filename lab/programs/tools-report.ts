import { cacheEntryOf } from './cache-entry';
import { findPresentTool, findTool } from './find-tool';
import { renderTable } from '../../terminal/table';
import { isCached } from './tool-cache';
import { tools, type ToolName } from './tools';

/** Prints where each program comes from, getting none. Returns the exit code. */
export async function printTools(): Promise<number> {
  const rows = await Promise.all(
    names().map(async (name) => [name, tools[name].version, await whereabouts(name)]),
  );
  process.stdout.write(renderTable(['tool', 'tested with', 'where'], rows));
  return 0;
}

/** Gets the named tools or their equivalents now, building what must be built. Returns the exit code. */
export async function buildTools(wanted: readonly ToolName[]): Promise<number> {
  let code = 0;
  for (const name of wanted) {
    try {
      const found = await findTool(name);
      process.stdout.write(`${found.name} ${found.version}: ${found.path}\n`);
    } catch (error) {
      process.stdout.write(`unavailable: ${error instanceof Error ? error.message : String(error)}\n`);
      code = 1;
    }
  }
  return code;
}

function names(): ToolName[] {
  return Object.keys(tools) as ToolName[];
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
