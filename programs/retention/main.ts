import { readFileSync } from 'node:fs';
import { parseConfig, type RetentionConfig } from './config';
import { EXIT, run, type ExitCode } from './run';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads the configuration named by RETENTION_CONFIG (or the first argument) and the tokens from files, runs once, and
 * says how it ended in its exit code. SIGTERM finishes the requests in flight, starts no further ones and reports.
 */
async function main(): Promise<ExitCode> {
  const print = (line: string): void => {
    console.log(line);
  };
  let config: RetentionConfig;
  let token: string;
  let clusterToken: string;
  try {
    config = parseConfig(readFileSync(process.argv[2] ?? process.env['RETENTION_CONFIG'] ?? '', 'utf8'));
    token = secret('FORGEJO_TOKEN_FILE', process.env['FORGEJO_TOKEN_FILE'] ?? '');
    clusterToken = secret(
      'KUBERNETES_TOKEN_FILE',
      process.env['KUBERNETES_TOKEN_FILE'] ?? SERVICE_ACCOUNT_TOKEN,
    );
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return EXIT.refused;
  }
  let stopped: string | undefined;
  process.once('SIGTERM', () => {
    stopped = 'the run was told to stop (SIGTERM)';
  });
  return run({ config, token, clusterToken, print, stopped: () => stopped });
}

function secret(name: string, path: string): string {
  const text = readFileSync(path, 'utf8').trim();
  if (text !== '') return text;
  throw new Error(`retention: the file that ${name} names is empty, got "${path}"; fill the Secret's key`);
}

void main().then((code) => {
  process.exitCode = code;
});
