import { spawn } from 'node:child_process';
import { machinesOf, nodes, thisProcess } from '../../commands/nodes';
import type { Phase } from '../../estate/phases';
import type { Run } from '../../rollout/run';
import { estateAt } from '../support/estates';

/** Where a rollout ends itself by SIGKILL: at the first step whose line holds `step`. */
export interface Kill {
  readonly step: string;
  /** `during` gives the step's program half of its input, or none when that is shorter than a line. */
  readonly when: 'before' | 'during' | 'after';
}

/** `npm run nodes` for the estate of a phase, in a process of its own that can be killed. Arguments: phase, kill, nodes'. */
async function main([phase = '', kill = '', ...args]: readonly string[]): Promise<void> {
  const props = thisProcess();
  const death = kill === '' ? undefined : (JSON.parse(kill) as Kill);
  let dying = false;
  const run: Run = async (command) => {
    if (!dying) return props.run(command);
    if (death?.when === 'during') {
      const child = spawn(command.program, command.args, {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      });
      const input = command.input ?? '';
      await new Promise<void>((resolve) => {
        child.stdin.write(input.slice(0, input.length / 2), () => {
          resolve();
        });
      });
    }
    if (death?.when === 'after') await props.run(command);
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
  process.exitCode = await nodes({
    ...machinesOf(estateAt(phase as Phase)),
    ...props,
    args,
    run,
    out: (text) => {
      props.out(text);
      dying = death !== undefined && text.includes(death.step);
    },
  });
}

void main(process.argv.slice(2));
