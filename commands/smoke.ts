import { vaultOf, vaultVariables } from '../credentials/operator';
import { smoke as smokeTest } from '../credentials/smoke';
import { storedTokens } from '../credentials/stored-tokens';
import { smokeClaim } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { evidenceFolder, writeEvidence } from '../estate/evidence';
import { formatLooks } from '../evidence/measured';
import { runProgram } from '../rollout/run-command';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { tellingSteps } from '../terminal/progress';
import { estateBeforeSmoke } from './estate-before-smoke';
import { verbCommand } from './listed';

/** Proves once that everything does its part, from a push to a deletion, and writes down that it was so. */
export function smoke(
  ofTheEstate: () => Estate = estateBeforeSmoke,
  means = { run: runProgram, mount: 'secret', folder: evidenceFolder },
): Verb {
  return (terminal, end) =>
    verbCommand('smoke', {
      examples: [['smoke', 'takes a few minutes, and takes all away again']],
      environment: [...vaultVariables, ['KUBECONFIG', 'of an administrator of the cluster']],
    })
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .action(async ({ forgejo }) => {
        const estate = ofTheEstate();
        const tokens = await storedTokens(estate, vaultOf(estate, terminal.environment, means.mount));
        const parts = await smokeTest({
          ...{ estate, tokens, run: means.run, url: forgejo ?? `https://${estate.forgejo.host}` },
          tell: tellingSteps(terminal),
        });
        const looks = parts.map(({ name, passed, saw }) => ({ what: name, holds: passed, saw }));
        terminal.out(formatLooks(looks));
        const passed = parts.every((part) => part.passed);
        if (passed) {
          const file = writeEvidence(means.folder, smokeClaim(estate), new Date());
          terminal.out(`written: estate/evidence/${file}; commit it\n`);
        }
        end(passed ? exit.done : exit.found);
      });
}
