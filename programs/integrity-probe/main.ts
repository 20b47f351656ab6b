import { readFileSync } from 'node:fs';
import { live, type Begun } from '../life';
import { parseConfig } from './config';
import { run } from './run';

/** Reads the configuration named by the first argument, and the credentials from the environment. */
function begin(print: (line: string) => void): Begun {
  const path = process.argv[2];
  if (path === undefined)
    throw new Error('integrity probe: no configuration; give the path of its JSON file');
  const config = parseConfig(readFileSync(path, 'utf8'));
  return {
    deadlineSeconds: config.deadlineSeconds,
    run: (signal) => run({ config, environment: process.env, log: print, signal }),
  };
}

void live({ name: 'integrity probe', begin });
