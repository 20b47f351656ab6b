import { fork, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Cost {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: number;
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

/** Runs Node and reads peak memory and processor time from the kernel until it ends. */
export async function costOf(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Cost> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  let [peakMiB, cpuSeconds] = [0, 0];
  const sampling = setInterval(() => {
    try {
      const peakKiB = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peakMiB = Math.max(peakMiB, Number(peakKiB ?? 0) / 1024);
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      cpuSeconds = Math.max(cpuSeconds, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100);
    } catch {
      clearInterval(sampling);
    }
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(sampling);
  return { code, output, seconds: (performance.now() - started) / 1000, peakMiB, cpuSeconds };
}

export async function timed<T>(task: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const started = performance.now();
  const value = await task();
  return { value, seconds: (performance.now() - started) / 1000 };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Starts a file of this folder in a process of its own, so that its time and memory are not those of what is measured. */
export async function startBeside(
  file: string,
  props: object,
): Promise<{ url: string; process: ChildProcess }> {
  const child = fork(join(__dirname, file), { execArgv: ['--import', 'tsx'] });
  const port = new Promise<number>((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
  });
  child.send(props);
  return { url: `http://127.0.0.1:${await port}`, process: child };
}

/** The other side of {@link startBeside}: serves on loopback what it makes of the props. */
export function serveBeside(listener: (props: never) => RequestListener): void {
  process.once('message', (props: unknown) => {
    const server = createServer(listener(props as never));
    server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  });
}

/** Runs a bench; one that fails says where. */
export async function bench(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
