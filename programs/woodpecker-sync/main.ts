import { readInput } from '../fields';
import { live, type Begun } from '../life';
import { parseConfig } from './config';
import { run } from './sync-run';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the configuration named by the first argument, and the token of the pod's ServiceAccount. */
function begin(print: (line: string) => void): Begun {
  const config = parseConfig(readInput('woodpecker sync configuration', process.argv[2]));
  const jwt = readInput(
    "woodpecker sync: KUBERNETES_TOKEN_FILE names the token of the pod's ServiceAccount, which logs in to Vault",
    process.env['KUBERNETES_TOKEN_FILE'] ?? SERVICE_ACCOUNT_TOKEN,
  ).trim();
  return { deadlineSeconds: config.deadlineSeconds, run: (signal) => run({ config, jwt, print, signal }) };
}

void live({ name: 'woodpecker sync', begin });
