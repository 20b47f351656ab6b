import { administratorVariables, vaultVariables } from '../credentials/operator';
import { runBootstrap, type RunBootstrapProps } from '../credentials/run-bootstrap';
import type { Estate } from '../estate/estate';
import { runProgram } from '../rollout/run-command';
import { command, type Verb } from '../terminal/command';
import { addTo, httpUrl } from '../terminal/option-values';
import { estateBeforeSmoke } from './estate-before-smoke';
import { verbCommand } from './listed';

const examples = {
  plan: [['bootstrap plan', 'what is missing, and what would be done']],
  apply: [
    ['bootstrap apply', 'do it; again, when it was stopped'],
    ['bootstrap apply --rotate pull', 'a new token; the old one works until its overlap is over'],
  ],
} as const;

/** Makes the accounts, teams and tokens that the estate's packages need, and keeps the tokens in Vault. */
export function bootstrap(
  ofTheEstate: () => Estate = estateBeforeSmoke,
  means: Pick<RunBootstrapProps, 'run' | 'mount' | 'now'> = { run: runProgram, mount: 'secret' },
): Verb {
  return (terminal, end) => {
    const verb = (name: 'plan' | 'apply', summary: string) =>
      command({
        ...{ name, summary, examples: examples[name] },
        environment: [...administratorVariables, ...vaultVariables, ['KUBECONFIG', 'for --through-pod']],
      })
        .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
        .option('--rotate <token>', 'issue this token anew, though it works; repeat it', addTo, [])
        .option(
          '--through-pod',
          "with an administrator that Forgejo's own command line makes and removes",
          false,
        )
        .action(async ({ forgejo, rotate, throughPod }) => {
          const estate = ofTheEstate();
          const url = forgejo ?? `https://${estate.forgejo.host}`;
          end(await runBootstrap(name, { ...means, estate, url, rotate, throughPod }, terminal));
        });
    return verbCommand('bootstrap', { examples: [...examples.plan, ...examples.apply] })
      .addCommand(verb('plan', 'show what is there and what would be done'))
      .addCommand(verb('apply', 'do it; what a stopped run left is put right by the next'));
  };
}
