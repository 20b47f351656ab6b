import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupNames } from '../../lab/process/cgroups';
import type { LabOptions } from '../../lab/runs/lab';

/** A lab of another process. */
export interface LabBeside {
  readonly folder: string;
  /** Has it stop as `lab.stop()` does. */
  stop(): Promise<void>;
  /** Kills its process, and resolves when nothing of it runs any more. */
  kill(): Promise<void>;
  /** What its process has said on standard error. */
  said(): string;
}

export async function startLabBeside(options: LabOptions): Promise<LabBeside> {
  const program = ['--import', 'tsx', join(__dirname, 'lab-process.ts')];
  const child = spawn(process.execPath, [...program, JSON.stringify(options)]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  const [first] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
  if (!(first instanceof Buffer)) throw new Error(`no lab has started: ${said}`);
  const folder = first.toString().trim();
  return {
    folder,
    said: () => said,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      while (tracesOf(folder).processes.length > 0) await sleep(20);
    },
  };
}

/** What there is of a lab on the machine: all of it bears the name of its folder. */
export interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly hasCgroups: boolean;
  readonly hasFolder: boolean;
}

export const noTraces: Traces = { processes: [], mounts: [], hasCgroups: false, hasFolder: false };

export function tracesOf(folder: string): Traces {
  const name = basename(folder);
  return {
    processes: readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => describeProcess(pid))
      .filter((process) => process.includes(name)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(name)),
    hasCgroups: cgroupNames(dirname(folder)).includes(name),
    hasFolder: existsSync(folder),
  };
}

/** Where it runs, in which control groups, and its command; a pod's process is known by its control group alone. */
function describeProcess(pid: string): string {
  try {
    const read = (file: string): string => readFileSync(join('/proc', pid, file), 'utf8');
    return [readlinkSync(join('/proc', pid, 'cwd')), read('cgroup'), read('cmdline')]
      .join(' ')
      .replaceAll('\0', ' ');
  } catch {
    return ''; // ended meanwhile
  }
}
