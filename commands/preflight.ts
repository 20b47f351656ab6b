import { vaultOf, vaultVariables } from '../credentials/operator';
import type { Finding } from '../credentials/preflight/finding';
import { askFrontDoor } from '../credentials/preflight/front-doors';
import { askName } from '../credentials/preflight/names';
import { preflight as check } from '../credentials/preflight/preflight';
import type { Estate } from '../estate/estate';
import { runProgram } from '../rollout/run-command';
import type { Verb } from '../terminal/command';
import { exit, type ExitCode } from '../terminal/exit-codes';
import { printable } from '../clients/printable';
import { httpUrl } from '../terminal/option-values';
import { runningLine } from '../terminal/progress';
import { renderTable } from '../terminal/table';
import { neededSecrets } from '../trees/ci-secrets';
import { readKeys } from './vault-keys';
import { estateBeforeSmoke } from './estate-before-smoke';
import { verbCommand } from './listed';

/** Says whether everything is in place that an apply, a pipeline and a pull will need; changes nothing. */
export function preflight(
  ofTheEstate: () => Estate = estateBeforeSmoke,
  { mount, ...means } = { run: runProgram, askName, askFrontDoor, now: Date.now, mount: 'secret' },
): Verb {
  return (terminal, end) =>
    verbCommand('preflight', {
      examples: [
        ['preflight', 'before an apply'],
        ['preflight --json', 'in a pipeline'],
      ],
      environment: [
        ...vaultVariables,
        ['KUBECONFIG', 'of an account that reads Secrets, ConfigMaps and namespaces'],
      ],
    })
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .option('--woodpecker <url>', "its address (default: the estate's host)", httpUrl)
      .option('--json', 'print one JSON document', false)
      .action(async ({ forgejo, woodpecker, json }) => {
        const estate = ofTheEstate();
        const vault = vaultOf(estate, terminal.environment, mount);
        const line = runningLine({ ...terminal, interactive: terminal.interactive && !json });
        const findings = await check({
          ...{ estate, vault, keys: readKeys(estate), url: forgejo ?? `https://${estate.forgejo.host}` },
          ...{ ciSecrets: neededSecrets(estate), ciUrl: woodpecker ?? `https://${estate.woodpecker.host}` },
          ...{ ...means, nowMs: means.now(), tell: line.show },
        });
        line.end();
        const document = { phase: estate.phase, findings };
        terminal.out(json ? `${JSON.stringify(document, null, 2)}\n` : formatFindings(findings));
        end(exitOf(findings));
      });
}

/** What servers and the cluster said is cut and kept on its line. */
const maxShown = 1_000;

function formatFindings(findings: readonly Finding[]): string {
  const count = (wanted: Finding['state']): number => findings.filter(({ state }) => state === wanted).length;
  const rows = findings.map(({ state, check: name, subject, says }) => [
    state,
    name,
    subject,
    printable(says, maxShown),
  ]);
  return `${renderTable(['STATE', 'CHECK', 'SUBJECT', 'SAYS'], rows)}${count('well')} well, ${count('fault')} faults, ${count('overridden')} overridden, ${count('unasked')} could not be asked, ${count('elsewhere')} seen from elsewhere alone\n`;
}

/** What could not be asked is not well: without a fault beside it the run has failed. */
function exitOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ state }) => state === 'fault')) return exit.found;
  return findings.some(({ state }) => state === 'unasked') ? exit.failed : exit.done;
}
