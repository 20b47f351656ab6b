import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { parseConfig } from './config';
import { run } from './run';

async function main(): Promise<void> {
  // The HTTP parser of `fetch` is WebAssembly: optimizing it takes 20 MiB once, which the pod would have to be given.
  setFlagsFromString('--liftoff-only');
  const path = process.argv[2];
  if (path === undefined)
    throw new Error('integrity probe: no configuration; give the path of its JSON file');
  const stop = new AbortController();
  process.once('SIGTERM', () => {
    stop.abort(new Error('told to stop before everything was looked at'));
  });
  process.exitCode = await run({
    config: parseConfig(readFileSync(path, 'utf8')),
    environment: process.env,
    log: (line) => {
      console.log(line);
    },
    signal: stop.signal,
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
