import { Refused } from '../steps/refused';
import { run } from '../terminal/run';
import type { Terminal } from '../terminal/terminal';

export interface HistoryProps {
  /** A clone of what holds the project now. */
  readonly source: string;
  /** The folder of it that becomes the repository. @default all of it */
  readonly folder?: string;
}

/** Long enough for the history of a large monorepo; a server of half an answer, on which git hangs, or one that does not answer is not waited for longer. */
const limits = { seconds: 600, bytes: 16 * 1024 * 1024 };

/**
 * The commit whose history goes to the forge: the same one each time that the same source is asked.
 * @throws {@link Refused}
 */
export async function commitToPush({ source, folder }: HistoryProps): Promise<string> {
  const args =
    folder === undefined
      ? ['rev-parse', '--verify', 'HEAD^{commit}']
      : ['subtree', 'split', `--prefix=${folder}`, 'HEAD'];
  const { code, stdout, stderr } = await run('git', ['-C', source, ...args], { limits });
  const commit = stdout.trim();
  if (code === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  const what = folder === undefined ? 'has no commit' : `has no history of the folder "${folder}"`;
  throw new Refused([
    `--source: ${what}, got "${source}" of which git says ${lastLine(stderr)}; name a clone with the project in it`,
  ]);
}

export interface PushProps {
  readonly source: string;
  readonly commit: string;
  readonly url: string;
  readonly branch: string;
  readonly login: { readonly user: string; readonly password: string };
  /** In which git finds itself. */
  readonly environment: Terminal['environment'];
}

/** Makes the branch at the forge; one that has other history meanwhile is not overwritten. */
export async function pushHistory({
  source,
  commit,
  url,
  branch,
  login,
  environment,
}: PushProps): Promise<void> {
  const basic = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const { code, stderr } = await run('git', ['-C', source, 'push', url, `${commit}:refs/heads/${branch}`], {
    limits,
    // Words of a command line stand in the list of processes; nobody is asked for a password, and no helper keeps it.
    env: {
      ...environment,
      ...{ GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_COUNT: '2' },
      ...{ GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}` },
      ...{ GIT_CONFIG_KEY_1: 'credential.helper', GIT_CONFIG_VALUE_1: '' },
    },
  });
  if (code !== 0)
    throw new Error(
      `git push to ${url}: was refused, got ${lastLine(stderr)}; let the administrator push there, by a token as the password where it has a second factor`,
    );
}

function lastLine(said: string): string {
  return `"${said.trim().split('\n').at(-1) ?? ''}"`;
}
