import { printable } from '../clients/printable';
import { Refused } from '../steps/refused';
import { run } from '../terminal/run';
import type { Terminal } from '../terminal/terminal';

export interface HistoryProps {
  /** A clone of what holds the project now. */
  readonly source: string;
  /** The folder of it that becomes the repository. @default all of it */
  readonly folder?: string;
}

const maxShown = 300;
/** Long enough for the history of a large monorepo; on half an answer git hangs. */
const limits = { seconds: 600, bytes: 16 * 1024 * 1024 };

/** The commit whose history goes to the forge: the same each time for the same source. @throws {@link Refused} */
export async function commitToPush({ source, folder }: HistoryProps, signal: AbortSignal): Promise<string> {
  const git = (...args: readonly string[]): ReturnType<typeof run> =>
    run('git', ['-C', source, ...args], { limits: { ...limits, signal } });
  if ((await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true')
    throw new Refused([
      `--source: has a part of its history, got the shallow clone "${source}"; run git fetch --unshallow in it`,
    ]);
  const { code, stdout, stderr } = await (folder === undefined
    ? git('rev-parse', '--verify', 'HEAD^{commit}')
    : git('subtree', 'split', `--prefix=${folder}`, 'HEAD'));
  const commit = stdout.trim();
  if (code === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  const what = folder === undefined ? 'has no commit' : `has no history of the folder "${folder}"`;
  throw new Refused([
    `--source: ${what}, got "${source}" of which git says ${reasonIn(stderr)}; name a clone with the project in it`,
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
  readonly signal: AbortSignal;
}

/** Makes the branch at the forge; one that has other history meanwhile is not overwritten. */
export async function pushHistory(props: PushProps): Promise<void> {
  const { source, commit, url, branch, login, environment, signal } = props;
  const basic = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const refspec = `${commit}:refs/heads/${branch}`;
  const push = ['-C', source, 'push', '--no-recurse-submodules', url, refspec];
  const { code, stderr } = await run('git', push, {
    limits: { ...limits, signal },
    // Words of a command line stand in the list of processes; nobody is asked for a password, no helper keeps it, no hook of
    // the source gets it. It is for this address alone: not for where a redirect, `insteadOf` or a submodule leads.
    env: {
      ...environment,
      ...{ GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '', GIT_CONFIG_COUNT: '4' },
      ...{ GIT_CONFIG_KEY_0: `http.${url}.extraHeader`, GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}` },
      ...{ GIT_CONFIG_KEY_1: 'credential.helper', GIT_CONFIG_VALUE_1: '' },
      ...{ GIT_CONFIG_KEY_2: 'http.followRedirects', GIT_CONFIG_VALUE_2: 'false' },
      ...{ GIT_CONFIG_KEY_3: 'core.hooksPath', GIT_CONFIG_VALUE_3: '/dev/null' },
    },
  });
  if (code !== 0)
    throw new Error(
      `git push to ${url}: was refused, got ${reasonIn(stderr)}; where the login was refused, let the administrator push there, by a token as the password where it has a second factor`,
    );
}

/** Why git did not do it: its last line often only says that it did not. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n');
  const why = lines.find((line) => /^(?: ! |remote: \S|fatal: |ended: )/u.test(line)) ?? lines.at(-1) ?? '';
  return `"${printable(why.trim(), maxShown)}"`;
}
