import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { sourcesOf } from '../evidence/sources';
import { runDecommission } from '../migration/decommission/run-decommission';
import { runProgram } from '../rollout/run-command';
import type { Verb } from '../terminal/command';
import { httpUrl, urlBelowPath } from '../terminal/option-values';
import { verbCommand } from './listed';

/** Shows the removal of the legacy registry, and what it leaves to a person. */
export function decommission(): Verb {
  return (terminal, end) =>
    verbCommand('decommission', {
      examples: [
        [
          'decommission --tree ../infra --cluster http://127.0.0.1:8001',
          'beside kubectl proxy: refused while anything still runs from it',
        ],
        [
          'decommission --tree ../infra --cluster http://127.0.0.1:8001 --ssh --prometheus http://127.0.0.1:9090',
          'the list, as far as it can be seen',
        ],
      ],
      environment: [
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pulls'],
        ['KUBERNETES_TOKEN', 'for --cluster, where it asks for one'],
      ],
    })
      .requiredOption('--tree <root>', 'of the infrastructure, in a clean git work tree')
      .requiredOption('--cluster <api>', 'to see what runs and what leads to it', httpUrl)
      .option('--prometheus <url>', 'to see alerts and monitors', urlBelowPath)
      .option('--pushgateway <url>', 'to see what jobs left', httpUrl)
      .option('--ssh', 'ask the registry VM too', false)
      .option('--ssh-config <file>', 'what ssh reads instead of its own files')
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .action(async ({ pushgateway, ssh, sshConfig, ...addresses }) => {
        const estate: Estate = theEstate;
        const sources = sourcesOf(estate, addresses, terminal.environment, Date.now());
        const access = { user: estate.registryVm?.ssh.user ?? '', configFile: sshConfig };
        const props = {
          ...{ estate, sources },
          ...(pushgateway === undefined ? {} : { pushgateway }),
          ...(ssh ? { ssh: { access, run: runProgram } } : {}),
        };
        end(await runDecommission(props, terminal.out));
      });
}
