import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Ran, RunLimits } from './run';

/** The rest of the line, or how it ended instead of answering. */
export type Answer = { readonly text: string } | { readonly ended: Ran };

/**
 * A program that stays, and answers each line `<number> <question>` with `<number> <answer>`. Lines of another number
 * are not its answers.
 */
export class Resident {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly gone: Promise<Ran>;
  private count = 0;
  private stderr = '';
  private printed = 0;
  private why: string | undefined;
  private hear: (line: string) => void = () => undefined;
  /** Not before it is seen to have ended. */
  public hasEnded = false;

  public constructor(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    /** Of one question. */
    private readonly limits: Pick<RunLimits, 'seconds' | 'bytes'>,
  ) {
    // A group of its own: an interrupt of the terminal is for who asks, who lets it end what is under way.
    this.child = spawn(command, args, { env, stdio: 'pipe', detached: true });
    const { stdin, stdout, stderr } = this.child;
    stdin.on('error', () => undefined); // it may have ended meanwhile
    for (const stream of [stdout, stderr])
      stream.on('data', ({ length }: Buffer) => {
        this.printed += length;
        if (this.printed > limits.bytes) this.kill(`it printed more than ${limits.bytes} bytes`);
      });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.why === undefined) this.stderr += text;
    });
    createInterface({ input: stdout }).on('line', (line) => {
      this.hear(line);
    });
    this.gone = new Promise((resolve) => {
      const end = (code: number, told: string): void => {
        this.hasEnded = true;
        resolve({ code, stdout: '', stderr: `${this.stderr}${told}` });
      };
      this.child.on('error', ({ message }) => {
        end(127, message);
      });
      this.child.on('close', (code, signal) => {
        end(code ?? 1, this.why ?? (signal === null ? '' : `ended by ${signal}`));
      });
    });
  }

  /** Asks one thing; the next is asked behind its answer. */
  public async ask(question: string, seconds = this.limits.seconds): Promise<Answer> {
    this.count += 1;
    const number = this.count;
    [this.printed, this.stderr] = [0, ''];
    const answer = new Promise<Answer>((resolve) => {
      this.hear = (line): void => {
        if (line.startsWith(`${number} `)) resolve({ text: line.slice(`${number} `.length) });
      };
    });
    const timer = setTimeout(() => {
      this.kill(`it did not answer within ${seconds} s`);
    }, 1000 * seconds);
    this.child.stdin.write(`${number} ${question}\n`);
    try {
      return await Promise.race([answer, this.gone.then((ended) => ({ ended }))]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tells one that is asked nothing to go. */
  public async end(graceSeconds = 5): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => {
      this.kill('it did not go');
    }, 1000 * graceSeconds);
    await this.gone;
    clearTimeout(timer);
  }

  /** Ends it with all that it started. */
  public kill(why: string): void {
    this.why ??= `ended: ${why}`;
    try {
      if (this.child.pid !== undefined && !this.hasEnded) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}
