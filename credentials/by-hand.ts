import { shellLine } from '../terminal/shell-words';
import type { Desired } from './desired';
import { tokenName } from './token-name';

/**
 * What a person types who has no administrator's password: robots, then tokens, each straight into Vault. Forgejo logs to
 * standard output before the token, so the one line that is a token is taken, and nothing is stored without it.
 */
export function byHand({ accounts, tokens, inPod }: Desired): readonly string[] {
  const robots = accounts.filter(({ kind }) => kind === 'robot');
  return [
    ...robots.map(({ name, email }) => {
      const create = ['admin', 'user', 'create', '--username', name, '--email', email];
      // The password is printed, and nobody needs it.
      return `${inPod([...create, '--random-password', '--must-change-password=false'])} >/dev/null`;
    }),
    ...tokens.map(({ name, account, scopes, vault: { path, key } }) => {
      const issue = inPod([
        ...['admin', 'user', 'generate-access-token', '--username', account],
        ...['--token-name', tokenName(name, 1), '--scopes', scopes.join(','), '--raw'],
      ]);
      const store = (...verb: readonly string[]): string =>
        `printf %s "$token" | ${shellLine(['vault', 'kv', ...verb, '-mount=secret', path, `${key}=-`])}`;
      // What is not there yet cannot be patched, and is written where it still is not there.
      const stored = `{ ${store('patch')} || ${store('put', '-cas=0')}; }`;
      return `token=$(${issue} | grep -Ex '[0-9a-f]{40}') && [ \${#token} -eq 40 ] && ${stored}`;
    }),
  ];
}
