import type { LabContext, StartProps } from '../process/lab-context';
import type { ServerProcess } from '../process/server-process';
import { findTool, type FoundTool } from './find-tool';
import type { ToolName } from './tools';

export interface ProgramProps extends Omit<StartProps, 'name' | 'command'> {
  /** By its name, or as it was found already. */
  readonly tool: ToolName | FoundTool;
  /** @default the tool's */
  readonly name?: string;
  /** The command line that it is run by: into another network, on a machine. @default [] */
  readonly within?: readonly string[];
}

export async function startProgram(lab: LabContext, props: ProgramProps): Promise<ServerProcess> {
  const { tool, within = [], args, ...rest } = props;
  const found = typeof tool === 'string' ? await findTool(tool) : tool;
  const { name = found.name } = rest;
  const [command = found.path, ...words] = [...within, found.path, ...args];
  return lab.start({ ...rest, name, command, args: words });
}
