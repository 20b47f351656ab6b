import { readInput } from '../fields';
import { live, type Begun } from '../life';
import { parseConfig } from './config';
import { run } from './run';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the configuration named by the first argument (or RETENTION_CONFIG) and the tokens from files. */
function begin(print: (line: string) => void): Begun {
  const config = parseConfig(
    readInput('retention configuration', process.argv[2] ?? process.env['RETENTION_CONFIG']),
  );
  const token = secret(
    'FORGEJO_TOKEN_FILE',
    process.env['FORGEJO_TOKEN_FILE'],
    `the token with write:package of "${config.tokenUser}", which deletes the packages of "${config.owner}": issue it as that account and store it where the Secret takes it from`,
  );
  const clusterToken = secret(
    'KUBERNETES_TOKEN_FILE',
    process.env['KUBERNETES_TOKEN_FILE'] ?? SERVICE_ACCOUNT_TOKEN,
    "the token of the pod's ServiceAccount: let the pod mount it",
  );
  const pod = { namespace: variable('POD_NAMESPACE'), name: variable('POD_NAME') };
  return {
    deadlineSeconds: config.deadlineSeconds,
    run: (signal) => run({ config, token, clusterToken, pod, print, signal }),
  };
}

/** Set in the pod that the CronJob makes. */
function variable(name: string): string {
  const value = process.env[name] ?? '';
  if (value !== '') return value;
  throw new Error(
    `retention: ${name} is not set, got nothing; a run proves its view of the cluster by finding its own pod in it, so start it by its CronJob (./registry retention only looks)`,
  );
}

function secret(name: string, path: string | undefined, whose: string): string {
  const text = readInput(`retention: ${name} names ${whose}`, path).trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  const got = text === '' ? 'nothing' : 'what no header can carry';
  throw new Error(`retention: ${name} names no token, got ${got} in "${path ?? ''}"; it is ${whose}`);
}

void live({ name: 'retention', begin });
