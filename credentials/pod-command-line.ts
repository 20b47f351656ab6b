import { exit } from '../terminal/exit-codes';
import { said } from '../terminal/said';
import { endings } from '../terminal/until-told';
import type { Ran } from '../terminal/run';
import { shellLine } from '../terminal/shell-words';
import type { Estate } from '../estate/estate';
import type { Run } from '../rollout/run-command';

/** What `kubectl` is given to run it: in the pod as the user `git`, which the full image does not begin as. */
export function podArguments({ forgejo }: Estate, args: readonly string[]): readonly string[] {
  const line = ['forgejo', ...args];
  const inPod = forgejo.image.endsWith('-rootless') ? line : ['su', 'git', '-c', shellLine(line)];
  return ['-n', forgejo.namespace, 'exec', 'deploy/forgejo', '--', ...inPod];
}

/** An account that the command line makes for one bootstrap, and takes away after it. */
const account = 'registry-bootstrap';
const creation = ['admin', 'user', 'create', '--admin', '--username', account, '--random-password'];
const removal = ['admin', 'user', 'delete', '--username', account];

/** Gives `use` a site administrator whom nobody needs to know, made through the pod and removed however it ends. */
export async function withPodAdministrator<T>(
  estate: Estate,
  run: Run,
  use: (login: { readonly user: string; readonly password: string }) => Promise<T>,
): Promise<T> {
  const inPod = (args: readonly string[]): Promise<Ran> => {
    const kubectl = podArguments(estate, args);
    return run({ program: 'kubectl', args: kubectl, shown: shellLine(['kubectl', ...kubectl]) });
  };
  const email = `${account}@${estate.hosts.rootDomain}`;
  const create = [...creation, '--must-change-password=false', '--email', email];
  let made = await inPod(create);
  if (made.code !== 0 && /already exists/i.test(made.stdout + made.stderr)) {
    await mustRun(inPod, removal);
    made = await inPod(create);
  }
  if (made.code !== 0)
    throw new Error(
      `forgejo's command line: makes no administrator, got ${said({ ...made, stdout: '' })}; correct KUBECONFIG, or look at the pod`,
    );
  let removing: Promise<unknown> | undefined;
  const interrupted = (): void => {
    removing ??= mustRun(inPod, removal).finally(() => process.exit(exit.failed));
  };
  for (const signal of endings) process.on(signal, interrupted);
  try {
    return await use({ user: account, password: passwordOf(made) });
  } finally {
    for (const signal of endings) process.off(signal, interrupted);
    await mustRun(inPod, removal);
  }
}

/** Loading its configuration logs to standard output too, so exactly one line is taken, by its whole form. */
function passwordOf({ stdout }: Ran): string {
  const found = [...stdout.matchAll(/^generated random password is '(\S{8,})'\r?$/gm)];
  const [, password] = found[0] ?? [];
  if (found.length === 1 && password !== undefined) return password;
  throw new Error(
    `forgejo's command line: does not say the new administrator's password in one line, got ${found.length}; run it without --through-pod, with an administrator's password`,
  );
}

async function mustRun(
  inPod: (args: readonly string[]) => Promise<Ran>,
  args: readonly string[],
): Promise<void> {
  const ran = await inPod(args);
  if (ran.code === 0) return;
  throw new Error(
    `forgejo account "${account}": is a site administrator that was not removed, got ${said(ran)}; remove it, or run again`,
  );
}
