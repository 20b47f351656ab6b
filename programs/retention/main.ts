import { readFileSync } from 'node:fs';
import { live, type Begun } from '../life';
import { parseConfig } from './config';
import { run } from './run';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the configuration named by the first argument (or RETENTION_CONFIG) and the tokens from files. */
function begin(print: (line: string) => void): Begun {
  const config = parseConfig(readFileSync(process.argv[2] ?? process.env['RETENTION_CONFIG'] ?? '', 'utf8'));
  const token = secret('FORGEJO_TOKEN_FILE', process.env['FORGEJO_TOKEN_FILE'] ?? '');
  const clusterToken = secret(
    'KUBERNETES_TOKEN_FILE',
    process.env['KUBERNETES_TOKEN_FILE'] ?? SERVICE_ACCOUNT_TOKEN,
  );
  return {
    deadlineSeconds: config.deadlineSeconds,
    run: (signal) => run({ config, token, clusterToken, print, signal }),
  };
}

function secret(name: string, path: string): string {
  const text = readFileSync(path, 'utf8').trim();
  if (text !== '') return text;
  throw new Error(`retention: the file that ${name} names is empty, got "${path}"; fill the Secret's key`);
}

void live({ name: 'retention', begin });
