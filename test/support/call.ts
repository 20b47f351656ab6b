import { registry } from '../../commands/registry';
import { verbsFor } from '../../commands/verbs';
import { live } from '../../programs/life';
import type { Verb } from '../../terminal/command';
import type { Terminal } from '../../terminal/terminal';

/** What a call printed, and how it ended. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Calls the command line in this process. */
export async function call(
  args: readonly string[],
  { verbs = verbsFor(args), ...change }: Partial<Terminal> & { readonly verbs?: readonly Verb[] } = {},
): Promise<Called> {
  const printed = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
    ...{ interactive: false, environment: {}, ...change },
  };
  const code = await registry(args, terminal, verbs);
  return { code, ...printed };
}

/** The life of a program that leaves this process alive; `tell` is given what it says on standard error. */
export function livingOn(tell: (text: string) => void = () => undefined): typeof live {
  const stream = (write: (text: string) => void): NodeJS.WriteStream =>
    ({
      on: () => undefined,
      write: (text: string, done?: () => void) => {
        write(text);
        done?.();
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  const ignored = (): undefined => undefined;
  return (program) =>
    live(program, { stdout: stream(tell), stderr: stream(tell), on: ignored, exit: ignored });
}
