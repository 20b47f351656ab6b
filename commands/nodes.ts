import { vaultVariables } from '../credentials/operator';
import { estate } from '../estate';
import { validateEstate } from '../estate/validate';
import { machinesOf } from '../rollout/of-estate';
import { prepareRollout } from '../rollout/rollout';
import { applyWork, planWork } from '../steps/work';
import { command, type Verb } from '../terminal/command';
import { addTo, wholeSeconds } from '../terminal/option-values';
import { verbCommand } from './listed';
import { meansOfNodes } from './nodes-means';

const examples = {
  plan: [
    ['nodes plan', 'every node'],
    ['nodes plan --only registry-vm', 'the registry VM'],
  ],
  apply: [
    ['nodes apply --only k8s-node2', 'one node'],
    ['nodes apply --from k8s-node2', 'go on at the node where it stopped'],
  ],
} as const;

/** Brings machines that run already to what the estate says. */
export function nodes(
  machines = (): ReturnType<typeof machinesOf> => machinesOf(validateEstate(estate)),
  means = meansOfNodes,
): Verb {
  return ({ out, environment }, end) => {
    const verb = (name: 'plan' | 'apply', summary: string) =>
      command({
        ...{ name, summary, examples: examples[name] },
        environment: [['KUBECONFIG', 'of an administrator of the cluster'], ...vaultVariables],
      })
        .option('--only <machine>', 'this node, or registry-vm; repeat it (default: every node)', addTo, [])
        .option('--from <node>', 'begin at this node, in the order of the rollout')
        .option('--user <login>', "the login, with sudo without a password (default: the estate's)")
        .option('--ssh-config <file>', 'what ssh reads instead of its own files')
        .option('--known-hosts <file>', 'the host keys that are trusted')
        .option('--drain-timeout <seconds>', 'how long pods may take to leave a node', wholeSeconds, 600)
        .action(async ({ only, from, user, sshConfig, knownHosts, drainTimeout }) => {
          const access = { user, knownHosts, configFile: sshConfig };
          const choice = { only, from, access, drainTimeoutSeconds: drainTimeout };
          const work = await prepareRollout({ ...machines(), ...means(environment), out }, choice);
          end(name === 'plan' ? await planWork(work, out) : await applyWork(work, 'machine', out));
        });
    return verbCommand('nodes', { examples: [...examples.plan, ...examples.apply] })
      .addCommand(verb('plan', 'show every step, its very command and what it changes'))
      .addCommand(verb('apply', 'do it, one machine at a time; the first failure stops it'));
  };
}
