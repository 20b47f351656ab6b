import { tools, type ToolName } from '../lab/programs/tools';
import { buildTools, printTools } from '../lab/programs/tools-report';
import { toolsFor } from '../lab/runs/tools-for';
import { command, type Verb } from '../terminal/command';
import { each, oneOf } from '../terminal/option-values';

const tool = oneOf(Object.keys(tools) as ToolName[]);

/** Where the lab's programs come from. */
export const labTools: Verb = (_, end) =>
  command({
    name: 'tools',
    summary: 'print where each program comes from, or get programs now',
    examples: [
      ['lab tools', 'where each comes from; gets none'],
      ['lab tools kube-apiserver gitea', 'get these, building what must be built'],
      ['lab tools --for lab', 'get what npm run test:lab needs'],
    ],
  })
    .argument('[tool...]', 'programs to get', each(tool), [])
    .option('--for <suite>', 'get what a suite of tests needs: lab or pods', oneOf(['lab', 'pods'] as const))
    .action(async (named, { for: suite }) => {
      const wanted = [...named, ...(suite === undefined ? [] : toolsFor(suite))];
      end(await (wanted.length === 0 ? printTools() : buildTools(wanted)));
    });
