import { readInput } from '../fields';
import { live, type Begun } from '../life';
import { parseConfig } from './config';
import { credentialsOf } from './credentials';
import { run } from './probe-run';

/** Reads the configuration named by the first argument, and the credentials from the environment. */
function begin(print: (line: string) => void): Begun {
  const config = parseConfig(readInput('integrity probe configuration', process.argv[2]));
  const credentials = credentialsOf(process.env, config.instance);
  return {
    deadlineSeconds: config.deadlineSeconds,
    run: (signal) => run({ config, ...(credentials && { credentials }), log: print, signal }),
  };
}

void live({ name: 'integrity probe', begin });
