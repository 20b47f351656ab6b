import { nodes } from '../../commands/nodes';
import { meansOfNodes } from '../../commands/nodes-means';
import { registry } from '../../commands/registry';
import type { Phase } from '../../estate/phases';
import { machinesOf } from '../../rollout/of-estate';
import type { Run } from '../../rollout/run-command';
import { estateAt } from '../support/estates';

/** Where a rollout ends itself by SIGKILL: at the first step whose line holds `step`. */
export interface Kill {
  readonly step: string;
  /** `during` gives the step's program a part of its input. */
  readonly when: 'before' | 'during' | 'after';
}

/** `nodes` for the estate of a phase, in a process of its own that can be killed. Arguments: phase, kill, nodes'. */
async function main([phase = '', kill = '', ...args]: readonly string[]): Promise<void> {
  const means = meansOfNodes(process.env);
  const death = kill === '' ? undefined : (JSON.parse(kill) as Kill);
  let dying = false;
  const run: Run = async (command) => {
    if (!dying) return means.run(command);
    if (death?.when === 'during') {
      // What the machine sees of a rollout that is killed as it sends: a part of the content, and its end.
      const { input = '' } = command;
      await means.run({ ...command, input: input.slice(0, (input.length * 3) / 4) });
    }
    if (death?.when === 'after') await means.run(command);
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
  const terminal = {
    out: (text: string): void => {
      process.stdout.write(text);
      dying = death !== undefined && text.includes(death.step);
    },
    err: (text: string): boolean => process.stderr.write(text),
    ...{ interactive: false, environment: process.env },
  };
  const verb = nodes(
    () => machinesOf(estateAt(phase as Phase)),
    () => ({ ...means, run }),
  );
  process.exitCode = await registry(['nodes', ...args], terminal, [verb]);
}

void main(process.argv.slice(2));
