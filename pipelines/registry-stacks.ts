import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeFile } from './registry-config-sync';
import { printPipeline, type Step, type When } from './woodpecker-pipeline';

export interface RegistryStacksProps {
  readonly branch: string;
  readonly clone: string;
  /** Has everything that the script names. */
  readonly image: string;
  /** Where this project is cloned from, without a login. */
  readonly project: string;
  /** The forge whose pull requests are commented. */
  readonly forge: string;
  readonly vault: { readonly address: string; readonly mount: string; readonly role: string };
  readonly pushgateway: string;
  /** The CI's own server, from inside. */
  readonly woodpecker: string;
  /** Vault path that may hold the token for comments. */
  readonly secrets: string;
  readonly namespace: string;
  /** @default that of the namespace */
  readonly serviceAccount?: string;
  /** A push to the branch applies; else a person starts each apply, with the variable `APPLY`. */
  readonly applyOnPush: boolean;
}

/** Paths of the pipelines in the tree, with the folder of what they run. */
const paths = {
  apply: '.woodpecker/registry-stacks.yml',
  drift: '.woodpecker/registry-drift.yml',
  folder: 'scripts/registry-stacks',
} as const;

const script = `${paths.folder}/run.sh`;

/**
 * The pipelines that plan and apply the delivered stacks and look for drift in all, with the script that they run. Their
 * commands hold no `$`, which Woodpecker would substitute before any shell reads it (incident 23).
 *
 * @see https://woodpecker-ci.org/docs/usage/workflow-syntax
 */
export function registryStacks(props: RegistryStacksProps): readonly TreeFile[] {
  const { applyOnPush, branch } = props;
  // A person may start a pipeline on any branch, and starts all of the tree's at once: the variable says that this one is meant.
  const manual: When = { event: 'manual', branch, evaluate: 'APPLY == "true"' };
  const apply: When[] = applyOnPush ? [{ event: 'push', branch }, manual] : [manual];
  const pullRequest: When = { event: 'pull_request' };
  // Whole: who came before whom is asked of the history, and a private forge gives missing objects to nobody later (2026-06-19).
  const git = { name: 'git', image: props.clone, settings: { depth: 0, partial: false, tags: false } };
  return [
    { path: script, text: readFileSync(join(__dirname, 'registry-stacks.sh'), 'utf8') },
    {
      path: paths.apply,
      text: printPipeline(paths.apply, {
        when: [pullRequest, ...apply].map(({ evaluate: _, ...when }) => when),
        clone: [{ ...git, when: [pullRequest, ...apply] }],
        steps: [stepOf(props, 'plan', [pullRequest]), stepOf(props, 'apply', apply)],
      }),
    },
    {
      path: paths.drift,
      text: printPipeline(paths.drift, {
        // The cron job's name, which is made at the server and not in a file.
        when: [{ event: 'cron', cron: 'registry-drift' }],
        clone: [git],
        steps: [stepOf(props, 'drift')],
      }),
    },
  ];
}

function stepOf(props: RegistryStacksProps, work: 'plan' | 'apply' | 'drift', when?: readonly When[]): Step {
  const { serviceAccount: serviceAccountName, vault } = props;
  return {
    ...{ name: work, image: props.image },
    environment: {
      ...{ PROJECT: props.project, FORGE: props.forge, PUSHGATEWAY: props.pushgateway },
      ...{ WOODPECKER: props.woodpecker, CI_NAMESPACE: props.namespace, SECRETS: props.secrets },
      ...{ VAULT_ADDR: vault.address, VAULT_MOUNT: vault.mount, VAULT_ROLE: vault.role },
    },
    commands: [`sh ${script} ${work}`],
    ...(serviceAccountName === undefined ? {} : { backend_options: { kubernetes: { serviceAccountName } } }),
    ...(when === undefined ? {} : { when }),
  };
}
